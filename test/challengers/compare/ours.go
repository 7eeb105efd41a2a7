package main

import (
	"time"

	"github.com/headstart-scaler/headstart/forecast"
	"github.com/headstart-scaler/headstart/forecast/backtest"
)

// setting is what a forecaster may know of a trace before it is shown any of
// it.
type setting struct {
	folder string // with its calendar
	step   time.Duration
}

// ours are the models of this repository, best first; scale is the one that all
// are scaled by.
func ours() []contestant {
	const (
		day  = 24 * time.Hour
		week = 7 * day
	)
	return []contestant{
		{"learner", func(s setting) backtest.Model { return backtest.NewLearned(forecast.NewLearner(nil), s.step) }},
		{"hold", func(setting) backtest.Model { return backtest.NewPaths(forecast.Hold{}, 2000) }},
		{"last value", func(s setting) backtest.Model { return backtest.NewLast(s.step) }},
		{"a week ago", func(s setting) backtest.Model { return backtest.NewSeasonal(week, s.step) }},
		{scale, func(s setting) backtest.Model { return backtest.NewSeasonal(day, s.step) }},
	}
}

const scale = "a day ago"

type contestant struct {
	name string
	make func(setting) backtest.Model
}
