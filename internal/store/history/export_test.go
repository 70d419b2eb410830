package history

// Statement is what a filter asks the database, with its values.
func (f Filter) Statement() (string, []any) { return f.statement() }

// SelectTries finds the tries of a run's messages.
const SelectTries = selectTries
