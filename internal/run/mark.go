package run

// mark notes, by output, what is out there after this run. An output that is unchanged
// keeps the mark that it has, unless that has no snapshot yet.
func (e *publisher) mark() {
	e.result.Marks, e.result.Renewed = nil, nil
	for i := range e.Job.Outputs {
		out := &e.Job.Outputs[i]
		since, taken := e.since[i]
		switch {
		case e.unchanged[i] && taken && since.IsZero():
			since = e.Last.Marks[e.keys[i]].Tick
		case e.unchanged[i]:
			e.renew(i)
			continue
		case !out.OnlyIfChanged && !taken:
			continue
		}
		e.result.Marks = append(e.result.Marks, Mark{Output: e.keys[i], Content: e.contents[i], Since: since})
	}
	if e.Job.GoesByReceivers() && !e.Last.Success.IsZero() {
		e.result.Marks = append(e.result.Marks, Mark{Since: e.Last.Success})
	}
}

// renew puts the version that was read now into the mark of an unchanged output, so that
// the next run needn't read that version.
func (e *publisher) renew(i int) {
	mark, content := e.Last.Marks[e.keys[i]], e.contents[i]
	if content == "" || content == mark.Content || e.ofVersion() == "" {
		return // nothing was read, the mark says so already, or there is no version
	}
	mark.Content = content
	e.result.Renewed = append(e.result.Renewed, mark)
}
