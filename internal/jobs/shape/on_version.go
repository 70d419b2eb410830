package shape

// OnVersion is whose new versions make a job due.
type OnVersion struct {
	At      At       `yaml:"-"`
	Project Text     `yaml:"project" kind:"id" need:"true" doc:"Id of the project, from its address."`
	Models  Texts    `yaml:"models" kind:"id" default:"all of the project" doc:"Ids of the models."`
	Every   Duration `yaml:"every" default:"2m" min:"1s" max:"24h" doc:"How often runner looks, with one small query for all jobs of a project and token."`
	Settle  Duration `yaml:"settle" default:"0" min:"0" max:"24h" doc:"Wait until a model has had no new version for this long, and run its newest one; the versions before it are recorded as skipped. 0 runs each version."`
}
