package intake

// Read reads a file of any of the formats, which it tells by what the file
// holds.
func Read(data []byte, o Options) Result {
	return Result{}
}
