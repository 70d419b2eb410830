package output

import "path/filepath"

// maxInside bounds the folders that a publication keeps open: there may be one for each
// of a thousand items.
const maxInside = 4

// enter keeps a target's folder open until the publication ends, if it is there.
func (p *Publication) enter(dir string) {
	if p.inside[dir] != nil || len(p.inside) >= maxInside {
		return
	}
	if leave := p.dir.Enter(dir); leave != nil {
		p.inside[dir] = leave
	}
}

func (p *Publication) entered(dir string) bool { return p.inside[dir] != nil }

func (p *Publication) exit(dir string) {
	if leave := p.inside[dir]; leave != nil {
		delete(p.inside, dir)
		leave()
	}
}

// enterStamps keeps the folder of the stamps open as long as the directory is: each
// file that is published has one there.
func (d *Dir) enterStamps() {
	d.entering.Lock()
	defer d.entering.Unlock()
	if d.leaveStamps == nil {
		d.leaveStamps = d.Enter(filepath.FromSlash(stampsDir))
	}
}

// exitStamps is for a folder that lies there no more.
func (d *Dir) exitStamps() {
	d.entering.Lock()
	defer d.entering.Unlock()
	if d.leaveStamps != nil {
		d.leaveStamps()
		d.leaveStamps = nil
	}
}
