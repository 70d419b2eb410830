package speckle

import "github.com/go-json-experiment/json/jsontext"

// slack is how many records above its limit a page may hold at least: some lists give a few
// more than they were asked for.
const slack = 1000

// pageBound gives the limit of a page, and the most records that it may hold: a page that
// goes far beyond its limit may never end. 0: any number.
func (rd *reading) pageBound(variables map[string]jsontext.Value) (limit, most int) {
	if rd.Query.Paging == nil {
		return 0, 0
	}
	limit = rd.Query.PageLimit(variables)
	if limit <= 0 {
		return 0, 0
	}
	return limit, max(2*limit, limit+slack)
}
