package shape

// Summarize is groups of the records.
type Summarize struct {
	At    At    `yaml:"-"`
	By    Texts `yaml:"by" kind:"paths" doc:"What the records of a group have in common: names or dotted paths of values in a record. Without it, all records are one group."`
	Count Text  `yaml:"count" doc:"The name under which the number of records is given."`
	Sum   Pairs `yaml:"sum" doc:"Sums: NAME: path of the value."`
	Min   Pairs `yaml:"min" doc:"Least values, likewise."`
	Max   Pairs `yaml:"max" doc:"Greatest values, likewise."`
	Avg   Pairs `yaml:"avg" doc:"Means, likewise."`
}
