package shape

// EventClass is the document of kind EventClass: what events of one kind have in common.
type EventClass struct {
	APIVersion string         `yaml:"apiVersion" jsonschema:"required,enum=headstart/v1"`
	Kind       string         `yaml:"kind" jsonschema:"required,enum=EventClass"`
	Metadata   ClassMetadata  `yaml:"metadata" jsonschema:"required"`
	Spec       EventClassSpec `yaml:"spec"`
}

// ClassMetadata names a class.
type ClassMetadata struct {
	// Name that events have as their class: a DNS label.
	Name string `yaml:"name" jsonschema:"required,pattern=^[a-z0-9]([a-z0-9-]*[a-z0-9])?$,maxLength=63"`
}

// EventClassSpec says how events of a class act.
type EventClassSpec struct {
	// How events that take place at once combine: the largest counts, their excess over the usual demand is added, or they multiply it.
	Overlap string `yaml:"overlap" jsonschema:"default=max,enum=max,enum=add,enum=multiply"`
	// How long demand takes to rise before an event, where the event does not say.
	RampUp Duration `yaml:"rampUp" jsonschema:"default=0"`
	// How long demand takes to fall after an event, where the event does not say.
	RampDown Duration `yaml:"rampDown" jsonschema:"default=0"`
	// How many times the usual demand an event brings that says nothing of it; without it such an event changes nothing.
	Multiplier *float64 `yaml:"multiplier" jsonschema:"exclusiveMinimum=0,maximum=1000000"`
	// Whether tentative events count.
	Tentative string `yaml:"tentative" jsonschema:"default=count,enum=count,enum=ignore"`
}

// Schedule says which events are kept in files, beside those that are uploaded.
type Schedule struct {
	// Files and folders with schedules: csv, xlsx, ics, zip or json. An event of a file goes before an uploaded one with its id.
	Files []ScheduleFile `yaml:"files"`
}

// ScheduleFile is a file with events, or a folder of such files.
type ScheduleFile struct {
	// File or folder, relative to this file.
	Path string `yaml:"path" jsonschema:"required"`
	// Zone of times that name none, such as Europe/Malta; without it such times are errors.
	Timezone string `yaml:"timezone"`
	// Order of day, month and year in dates such as 03/04/27, where the file alone does not tell.
	DateOrder string `yaml:"dateOrder" jsonschema:"enum=dmy,enum=mdy,enum=ymd"`
}

// Store is where uploaded schedules, overrides and the audit log are kept; exactly one of its kinds is written.
type Store struct {
	// A file of this one Headstart.
	SQLite *SQLite `yaml:"sqlite"`
	// A Redis that any number of Headstarts share.
	Redis *Redis `yaml:"redis"`
}

// SQLite is a database in one file.
type SQLite struct {
	// The file, relative to this file; its folder has to be writable.
	File string `yaml:"file" jsonschema:"required"`
}

// Redis is a single server, Sentinels with a masterName, or the nodes of a cluster.
type Redis struct {
	// Servers, Sentinels or cluster nodes, HOST:PORT.
	Addresses Words `yaml:"addresses" jsonschema:"required"`
	// Name by which Sentinels know the master: addresses are Sentinels then.
	MasterName string `yaml:"masterName"`
	// Whether addresses are nodes of a Redis Cluster.
	Cluster bool `yaml:"cluster"`
	// Number of the database; a cluster has only 0.
	Database int `yaml:"database" jsonschema:"default=0,minimum=0,maximum=65535"`
	// Prefix of all keys.
	Prefix string `yaml:"prefix" jsonschema:"default=headstart,pattern=^[A-Za-z0-9:_-]+$,maxLength=64"`
	// File that holds the user name.
	UsernameFile string `yaml:"usernameFile"`
	// Variable of the environment that holds the user name.
	UsernameFromEnv string `yaml:"usernameFromEnv"`
	// File that holds the password.
	PasswordFile string `yaml:"passwordFile"`
	// Variable of the environment that holds the password.
	PasswordFromEnv string `yaml:"passwordFromEnv"`
	// Encryption, and mutual TLS with certFile and keyFile.
	TLS KafkaTLS `yaml:"tls"`
	// Replicas that have to have a write before it counts as done.
	WaitReplicas int `yaml:"waitReplicas" jsonschema:"default=0,minimum=0,maximum=16"`
	// Time one request may take.
	Timeout Duration `yaml:"timeout" jsonschema:"default=3s"`
}
