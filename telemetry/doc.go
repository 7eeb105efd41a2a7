// Package telemetry tells operators how Headstart fares: metrics for
// Prometheus, logs by slog, traces by OpenTelemetry.
//
// What enters: the latest snapshot, the state of the configuration, calls that
// ended, log records and spans. What leaves: an answer to a scrape, lines on a
// writer, spans to a collector.
//
// What it refuses to do: it decides nothing, a tick or a call never waits for
// it, what was not measured is absent and never 0, and it makes no series from
// what a peer may choose freely.
//
// # Metrics
//
// A trigger's series carry scaled_object_namespace, scaled_object and policy,
// and overrides where the trigger's metadata changes the policy; below they are
// called "trigger". There are at most as many as the pipeline takes triggers
// (20 000 by default), each with eight series at most and up to nine more a signal.
//
//	name                                                    type       labels
//	headstart_recommended_replicas                          gauge      trigger
//	headstart_recommended_warm_replicas                     gauge      trigger
//	headstart_plan_replicas                                 gauge      trigger
//	headstart_reactive_replicas                             gauge      trigger
//	headstart_active                                        gauge      trigger
//	headstart_stale                                         gauge      trigger
//	headstart_refused                                       gauge      trigger
//	headstart_decision_info                                 gauge      trigger, mode
//	headstart_decision_component_replicas                   gauge      trigger, component
//	headstart_input_value                                   gauge      trigger, signal, kind
//	headstart_replica_capacity                              gauge      trigger, signal
//	headstart_input_age_seconds                             gauge      trigger, signal
//	headstart_forecast_coverage_ratio                       gauge      trigger, signal, certainty, ahead
//	headstart_input_condition                               gauge      trigger, signal, condition
//	headstart_snapshot_timestamp_seconds                    gauge
//	headstart_snapshot_decisions                            gauge
//	headstart_ticks_total                                   counter
//	headstart_tick_overruns_total                           counter
//	headstart_tick_duration_seconds                         histogram
//	headstart_triggers_turned_away_total                    counter
//	headstart_source_errors_total                           counter    source, condition
//	headstart_source_read_seconds                           gauge      source
//	headstart_source_queries                                gauge      source
//	headstart_source_late                                   gauge      source
//	headstart_source_last_answer_timestamp_seconds          gauge      source
//	headstart_config_last_reload_successful                 gauge
//	headstart_config_last_reload_success_timestamp_seconds  gauge
//	headstart_config_restart_needed                         gauge
//	headstart_config_info                                   gauge      hash
//	headstart_reactive_only                                 gauge
//	headstart_schedule_events                               gauge
//	headstart_schedule_occurrences                          gauge
//	headstart_schedule_version                              gauge
//	headstart_schedule_last_import_timestamp_seconds        gauge
//	headstart_schedule_files_successful                     gauge
//	headstart_override_active                               gauge
//	headstart_store_up                                      gauge
//	headstart_build_info                                    gauge      version, revision, goversion
//	headstart_grpc_requests_total                           counter    method, code
//	headstart_grpc_request_duration_seconds                 histogram  method
//
// The age of the latest snapshot is time() - headstart_snapshot_timestamp_seconds.
// Beside these are the Go runtime's and the process's own metrics, and those of
// the scrapes themselves.
//
// # Traces
//
// Tracing follows the standard environment variables and is off while none of
// them asks for it:
//
//	OTEL_SDK_DISABLED                 true switches off
//	OTEL_TRACES_EXPORTER              otlp, or none to switch off
//	OTEL_EXPORTER_OTLP_ENDPOINT       http:// or https:// and the collector's address; _TRACES_ENDPOINT comes first
//	OTEL_EXPORTER_OTLP_PROTOCOL       grpc or http/protobuf; _TRACES_PROTOCOL comes first. Unset it is grpc for
//	                                  port 4317, which is registered for it, and otherwise http/protobuf
//	OTEL_PROPAGATORS                  tracecontext, baggage, none
//	OTEL_SERVICE_NAME                 headstart unless set; OTEL_RESOURCE_ATTRIBUTES as well
//
// Headers, certificates, timeouts, compression, samplers and batch limits are
// read by the OpenTelemetry libraries under their standard names.
package telemetry
