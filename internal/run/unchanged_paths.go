package run

// stayed names the files of unchanged outputs, for the run's log; of many items the first.
func (e *publisher) stayed() []string {
	const most = 20
	files := []string{}
	for _, number := range e.result.Unchanged {
		out := &e.Job.Outputs[number-1]
		if !out.IsFile() {
			continue
		}
		for _, x := range e.exports(e.in, out) {
			if file, _, err := e.paths(x); err == nil && len(files) < most {
				files = append(files, e.runner.PlaceOf(file).Shown(file))
			}
		}
	}
	return files
}
