// What the suites with real parts share. It needs the standard library only,
// so that no suite's dependencies meet another's.
module github.com/headstart-scaler/headstart/test/rig

go 1.26.0
