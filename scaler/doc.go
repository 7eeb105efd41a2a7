// Package scaler is KEDA's gRPC face: a Snapshot in, KEDA's messages out.
//
// What enters: KEDA's requests, the latest snapshot, the verdict of the
// configuration on a trigger and, in a cluster, what is wrong with a
// ScaledObject. What leaves: one metric whose value is the replicas to ask
// for, at a target of 1, and whether the workload is active; or an error that
// names the place and the repair.
//
// What it refuses to do: it computes no replica count, it waits for no backend
// and it never takes an old or missing decision for zero. An error makes the
// HPA hold and keeps KEDA from scaling to zero; that is what an error is for
// here. GetMetricSpec is answered from the configuration alone, because KEDA's
// fallback does not cover its failure and one failure of it stops every
// external trigger of that ScaledObject.
package scaler
