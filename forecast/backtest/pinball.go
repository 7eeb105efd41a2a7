package backtest

// Pinball is what a forecast of the quantile q costs when value comes: q for
// each unit that it lay too low, 1 − q for each that it lay too high. The
// forecast that costs least on average is the quantile (Koenker and Bassett,
// Econometrica 46, 1978).
func Pinball(q, forecast, value float64) float64 {
	over := value - forecast
	return max(q*over, (q-1)*over)
}
