package retention

import "speckle-runner/internal/store/database"

// Statements gives every statement that looks for runs or deletes them, with what its
// parameters may be.
func Statements() map[string][]any {
	none := database.List([]reach{})
	all := map[string][]any{selectReaches: {int64(1)}, selectOld: {none, int64(0), int64(0), int64(0), chunk}}
	for _, table := range hanging {
		all[deleteFrom(table)] = []any{none}
	}
	return all
}
