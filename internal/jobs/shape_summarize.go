package jobs

// summarizeKey is groups of the records.
type summarizeKey struct {
	At    at    `yaml:"-"`
	By    texts `yaml:"by" kind:"paths" doc:"What the records of a group have in common: names or dotted paths of what a record has. Without, all records are one group."`
	Count text  `yaml:"count" doc:"Name of the number of records."`
	Sum   pairs `yaml:"sum" doc:"Sums: NAME: path of the value."`
	Min   pairs `yaml:"min" doc:"Least values, likewise."`
	Max   pairs `yaml:"max" doc:"Greatest values, likewise."`
	Avg   pairs `yaml:"avg" doc:"Means, likewise."`
}
