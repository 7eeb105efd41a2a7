package intake

func readJSON(string, Options, *collector) []placed { return nil }
