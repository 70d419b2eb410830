package ui

import "speckle-runner/internal/store"

// formatted is a file's path with its format behind it, which preview goes by. The format
// is that of the job in force, as format: says it for names that don't; a file of an
// output that the job hasn't any more has its name alone.
func (u *UI) formatted(job string, f *store.File) string {
	if in := u.o.Scheduler.Job(job); in != nil {
		for i := range in.Outputs {
			if out := &in.Outputs[i]; out.IsFile() && out.File.Text() == f.Output {
				return f.Path + "." + out.Format.String()
			}
		}
	}
	return f.Path
}
