package shape

// Policy is the document of kind Policy.
type Policy struct {
	APIVersion string     `yaml:"apiVersion" jsonschema:"required,enum=headstart/v1"`
	Kind       string     `yaml:"kind" jsonschema:"required,enum=Policy"`
	Metadata   Metadata   `yaml:"metadata" jsonschema:"required"`
	Spec       PolicySpec `yaml:"spec" jsonschema:"required"`
}

// Metadata names a policy and says what it is for.
type Metadata struct {
	// Name a trigger's metadata refers to: a DNS label.
	Name string `yaml:"name" jsonschema:"required,pattern=^[a-z0-9]([a-z0-9-]*[a-z0-9])?$,maxLength=63"`
	// What the workload is: brand, market, region. Events of the calendar are matched by them.
	Labels map[string]string `yaml:"labels"`
}

// PolicySpec says how a workload is scaled.
type PolicySpec struct {
	// shadow: decide and record, answer the floor. advise: answer without the forecast. enforce: answer the plan.
	Mode string `yaml:"mode" jsonschema:"default=enforce,enum=shadow,enum=advise,enum=enforce"`
	// Fewest replicas; 0 lets the workload go to zero.
	MinReplicas int32 `yaml:"minReplicas" jsonschema:"default=1,minimum=0"`
	// Most replicas.
	MaxReplicas int32 `yaml:"maxReplicas" jsonschema:"required,minimum=1"`
	// ScaledObjects, NAMESPACE/NAME, decided from the start without waiting for KEDA to ask.
	Workloads []string `yaml:"workloads"`
	// What a missed replica-hour of work costs against an hour of a replica, or of its part of a node: p makes the quantile p/(p+1), the newsvendor ratio. 100 unless quantile is written.
	MissPrice *float64 `yaml:"missPrice" jsonschema:"exclusiveMinimum=0,maximum=1000000"`
	// Quantile of the forecast to be ready for, instead of missPrice. Nodes are then not priced.
	Quantile *float64 `yaml:"quantile" jsonschema:"exclusiveMinimum=0,maximum=0.999999"`
	// The workload's part of the peak that an event of the schedule names: not all of a platform's requests reach it.
	PeakShare float64 `yaml:"peakShare" jsonschema:"default=1,exclusiveMinimum=0,maximum=1"`
	// Time from asking for a replica until it is Ready.
	PodLead Duration `yaml:"podLead" jsonschema:"default=90s"`
	// The nodes it runs on: each is then asked for, and kept, while what it is expected to carry is worth its price. That needs missPrice and not a quantile, and a signal of type rate or connections. Without it replicas are asked for one by one, as if there were always room.
	Nodes *Nodes `yaml:"nodes"`
	// How long the last good value of a signal stands in for a missing one.
	HoldFor Duration `yaml:"holdFor" jsonschema:"default=1m"`
	// How capacity is taken away.
	ScaleIn ScaleIn `yaml:"scaleIn"`
	// How the HPA treats our answer.
	Actuation Actuation `yaml:"actuation"`
	// A ceiling from a shared downstream, such as a database.
	ConnectionBudget *ConnectionBudget `yaml:"connectionBudget"`
	// Reasons to have replicas; the largest need wins.
	Signals []Signal `yaml:"signals" jsonschema:"required"`
}

// Nodes are what a workload runs on.
type Nodes struct {
	// Replicas of the workload that fit on a node.
	ReplicasPerNode int32 `yaml:"replicasPerNode" jsonschema:"required,minimum=1,maximum=1000"`
	// Time from asking for a node until pods can start on it.
	Lead Duration `yaml:"lead" jsonschema:"default=4m"`
	// true: ask for as many replicas as fit on the nodes that are worth their price, since the room is paid for. false: have that room held warm, and ask for what is needed.
	Fill bool `yaml:"fill" jsonschema:"default=true"`
}

// ScaleIn limits how capacity is taken away.
type ScaleIn struct {
	// Never below the largest plan of this last while. 5m unless written; 0s where every node is priced (nodes, no quantile, no backlog): it is kept while it is worth it, and one that nobody needs stays a while anyway.
	Stabilization *Duration `yaml:"stabilization"`
	// Most replicas that leave in a minute, for long-lived connections; 0 is no limit.
	DrainPerMinute int32 `yaml:"drainPerMinute" jsonschema:"default=0,minimum=0"`
}

// Actuation says how the HPA treats our answer.
type Actuation struct {
	// The HPA's deadband for scaling up: a ratio, or auto to read it from the ScaledObject and take 0.1 where it cannot be read.
	Tolerance Tolerance `yaml:"tolerance" jsonschema:"default=auto"`
	// Time between two questions of the HPA, its --horizontal-pod-autoscaler-sync-period: replicas for an event are asked for that much earlier.
	SyncPeriod Duration `yaml:"syncPeriod" jsonschema:"default=15s"`
	// Where the plan lies inside the deadband: answer just past it, or accept the shortfall.
	OnDeadband string `yaml:"onDeadband" jsonschema:"default=overshoot,enum=overshoot,enum=accept"`
}

// ConnectionBudget bounds the connections all replicas open together.
type ConnectionBudget struct {
	// Connections the downstream can take.
	Total int `yaml:"total" jsonschema:"required,minimum=1"`
	// Connections one replica opens.
	PerReplica int `yaml:"perReplica" jsonschema:"required,minimum=1"`
	// Connections kept for others.
	Reserve int `yaml:"reserve" jsonschema:"default=0,minimum=0"`
}

// Signal is one measured reason to have replicas.
type Signal struct {
	// Name shown in explanations.
	Name string `yaml:"name" jsonschema:"required,pattern=^[a-z0-9]([a-z0-9-]*[a-z0-9])?$,maxLength=63"`
	// rate: work arriving per second. backlog: messages waiting. latency: seconds. connections: open connections.
	Type string `yaml:"type" jsonschema:"required,enum=rate,enum=backlog,enum=latency,enum=connections"`
	// A consumer group's backlog.
	Kafka *KafkaSignal `yaml:"kafka"`
	// An instant query that yields one number.
	Prometheus *PrometheusSignal `yaml:"prometheus"`
	// What one replica carries: per second, or connections. A number, or {initial, learn, min, max}.
	Capacity *Capacity `yaml:"capacity"`
	// backlog: time within which what waits, and what arrives meanwhile, is consumed.
	DrainDeadline Duration `yaml:"drainDeadline" jsonschema:"default=3m"`
	// backlog: how long nobody consumes after the number of consumers changed.
	Rebalance Duration `yaml:"rebalance" jsonschema:"default=20s"`
	// latency: the value not to exceed.
	Objective *Duration `yaml:"objective"`
}

// KafkaSignal asks for the backlog of a consumer group.
type KafkaSignal struct {
	// Name of a kafka source; may be left out where there is one.
	Source string `yaml:"source"`
	// group.id of the consumers.
	ConsumerGroup string `yaml:"consumerGroup" jsonschema:"required"`
	// The topic; without topic, topics and topicPattern every topic the group committed to.
	Topic string `yaml:"topic"`
	// Several topics.
	Topics Words `yaml:"topics"`
	// An RE2 expression a topic's whole name has to match.
	TopicPattern string `yaml:"topicPattern"`
	// Where a group that never committed starts reading: the consumers' auto.offset.reset.
	OffsetResetPolicy string `yaml:"offsetResetPolicy" jsonschema:"default=latest,enum=latest,enum=earliest"`
	// Partitions to look at, such as 0-3,7.
	PartitionLimitation string `yaml:"partitionLimitation"`
	// Leave out partitions nobody consumes.
	ExcludePersistentLag bool `yaml:"excludePersistentLag"`
	// At most one replica per partition that has messages waiting.
	LimitToPartitionsWithLag bool `yaml:"limitToPartitionsWithLag"`
	// Allow more replicas than partitions.
	AllowIdleConsumers bool `yaml:"allowIdleConsumers"`
	// Round up to a divisor of the number of partitions.
	EnsureEvenDistributionOfPartitions bool `yaml:"ensureEvenDistributionOfPartitions"`
	// At or below this many messages the signal does not keep a workload from zero.
	ActivationLagThreshold float64 `yaml:"activationLagThreshold" jsonschema:"default=0,minimum=0"`
}

// PrometheusSignal asks for one number.
type PrometheusSignal struct {
	// Name of a prometheus source; may be left out where there is one.
	Source string `yaml:"source"`
	// PromQL that yields one number.
	Query string `yaml:"query" jsonschema:"required"`
	// At or below this value the signal does not keep a workload from zero.
	ActivationThreshold float64 `yaml:"activationThreshold" jsonschema:"default=0,minimum=0"`
	// The query matched nothing.
	OnEmpty string `yaml:"onEmpty" jsonschema:"default=hold,enum=hold,enum=zero,enum=error"`
	// The value is not a number, often 0/0.
	OnNaN string `yaml:"onNaN" jsonschema:"default=hold,enum=hold,enum=zero,enum=error"`
	// The value is infinite, often x/0.
	OnInf string `yaml:"onInf" jsonschema:"default=hold,enum=hold,enum=zero,enum=error"`
	// The query matched more than one series.
	OnSeveral string `yaml:"onSeveral" jsonschema:"default=hold,enum=hold,enum=zero,enum=error"`
	// The newest sample is too old.
	OnStale string `yaml:"onStale" jsonschema:"default=hold,enum=hold,enum=zero,enum=error"`
}

// LearnedCapacity is a capacity that measured behaviour may replace.
type LearnedCapacity struct {
	// What one replica carries until more is known.
	Initial float64 `yaml:"initial" jsonschema:"required,exclusiveMinimum=0"`
	// Whether measured behaviour may replace it.
	Learn bool `yaml:"learn" jsonschema:"default=true"`
	// Least to believe; a quarter of initial unless written.
	Min *float64 `yaml:"min" jsonschema:"exclusiveMinimum=0"`
	// Most to believe; four times initial unless written.
	Max *float64 `yaml:"max" jsonschema:"exclusiveMinimum=0"`
}
