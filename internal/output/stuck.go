package output

// stuck are hidden files that are of no use any more and couldn't be removed: Windows
// keeps a second name of a workbook, too, while Excel has it open.
type stuck struct {
	names   []string
	passage *passage // says so, for the next start
}

// remove takes away a hidden file; where that can't be done now, it is done later.
func (p *Publication) remove(hidden string) {
	if hidden != "" && !p.dir.RemoveFile(hidden) {
		p.stuck = append(p.stuck, hidden)
	}
}

// leaveStuck leaves to later what couldn't be removed. Nothing of it is put back then,
// whatever somebody has done to the exports meanwhile.
func (p *Publication) leaveStuck() {
	_ = p.journal.add(entry{Op: opSettle}) // without it the next start looks whether there is something to put back
	p.dir.removing.Lock()
	defer p.dir.removing.Unlock()
	p.dir.stuck = append(p.dir.stuck, stuck{p.stuck, p.journal})
}

// removeStuck tries again to remove what couldn't be.
func (d *Dir) removeStuck() {
	d.removing.Lock()
	defer d.removing.Unlock()
	var left []stuck
	for _, s := range d.stuck {
		var names []string
		for _, name := range s.names {
			if !d.RemoveFile(name) {
				names = append(names, name)
			}
		}
		if len(names) > 0 {
			left = append(left, stuck{names, s.passage})
			continue
		}
		s.passage.close(true)
	}
	d.stuck = left
}
