// Package kafka reads consumer groups from a Kafka cluster: committed
// offsets, log ends and members.
//
// What enters: signal.ConsumerGroup queries, all those of one tick together.
// What leaves: one signal.Reading each, with a GroupBacklog when fine and a
// condition with a reason when not. An unreachable broker, a refused login or
// an unauthorised group spoils the readings it concerns and no others.
//
// Requests are batched per broker: a tick costs per group coordinator one
// OffsetFetch and one or two describing the groups' members, and two
// ListOffsets per partition leader, however many groups are asked for; cluster
// metadata and coordinators are asked for again every half minute, or when a
// broker says that they moved. Brokers
// before Kafka 3.0 take one group per OffsetFetch; those requests are
// pipelined on one connection.
//
// The package stands on kafka-go's protocol connection, message types and
// SASL mechanisms, and not on its Transport: that one splits ListOffsets into
// a request per partition, knows OffsetFetch up to version 5 (one group), and
// reads SASL answers without a deadline. What kafka-go's message tables lack
// is encoded with kmsg.
//
// What it refuses to do: it commits nothing, joins no group, creates no topic
// and keeps no goroutine between reads.
package kafka
