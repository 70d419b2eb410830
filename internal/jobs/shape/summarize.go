package shape

// Summarize is groups of the records.
type Summarize struct {
	At    At    `yaml:"-"`
	By    Texts `yaml:"by" kind:"paths" doc:"What the records of a group have in common: names or dotted paths of what a record has. Without, all records are one group."`
	Count Text  `yaml:"count" doc:"Name of the number of records."`
	Sum   Pairs `yaml:"sum" doc:"Sums: NAME: path of the value."`
	Min   Pairs `yaml:"min" doc:"Least values, likewise."`
	Max   Pairs `yaml:"max" doc:"Greatest values, likewise."`
	Avg   Pairs `yaml:"avg" doc:"Means, likewise."`
}
