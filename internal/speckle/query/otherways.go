package query

// ApartHint says how records can be told apart that the server's paging can't.
func (p *Paging) ApartHint() string {
	if hint := otherWays[p.Field]; hint != "" {
		return hint
	}
	if p.LimitVar == "" {
		return "pass the limit as a variable: then larger pages are tried"
	}
	return "have fewer of them in one read: with a filter, or with for_each over what holds them"
}

const modelByModel = "read them model by model, whose versions can be told apart: for_each over the models, and model(id: $id) { " +
	"versions(…) }"

// otherWays are lists that cannot leave out records by id, and where the same
// records can be had.
var otherWays = map[string]string{
	"Project.versions":       modelByModel,
	"Stream.commits":         modelByModel,
	"Branch.commits":         "read project(id:).model(id:).versions in its place: those can be told apart",
	"Stream.branches":        "read project(id:).models in its place: those can be told apart",
	"Project.modelsTree":     "read models in its place: those can be told apart",
	"Project.commentThreads": "read them model by model, with filter: {resourceIdString: $id} and for_each over the models",
	"Model.commentThreads":   "read them version by version, with for_each over the versions",
}
