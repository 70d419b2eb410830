package fake

import "time"

// newWorld builds the practice, its people and its projects.
func newWorld(seed uint64, now time.Time) *world {
	w := &world{seed: seed, now: now.UTC().Truncate(time.Millisecond), byID: map[string]*project{}}
	w.people()
	w.add(w.tower())
	w.add(w.school())
	w.add(w.library())
	w.add(w.mill())
	w.add(w.hidden())
	return w
}

func (w *world) school() *project {
	p := &project{
		id: SchoolID, name: "Riverside School", description: "Two-form entry primary school, cross-laminated timber",
		visibility: "PRIVATE", workspaceID: w.workspace.id, created: w.now.AddDate(0, 0, -410),
		team: w.team(w.users[0], w.users[1], w.users[5], w.users[6]),
	}
	b := w.builder(p)
	b.series("Architecture/Classroom Block %c/Level %02d", 3, 4, fresh)
	b.series("Timber Frame/Block %c/Level %02d", 3, 4, fresh)
	b.series("Services/Block %c/Zone %02d", 3, 4, mixed)
	return p
}

func (w *world) library() *project {
	p := &project{
		id: LibraryID, name: "Quayside Library – Bibliothek am Kai", description: "Competition entry, open to everyone",
		visibility: "PUBLIC", created: w.now.AddDate(0, 0, -200), team: w.team(w.users[0], w.users[4]),
	}
	b := w.builder(p)
	b.series("Reading Rooms/%c/Level %02d", 3, 4, mixed)
	b.list(mixed, "Facade/Quay side", "Facade/Street side", "Site/Context", "Diagrams/Ólafur & co", "Presentation/Board 1",
		"Presentation/Board 2")
	return p
}

func (w *world) mill() *project {
	p := &project{
		id: MillID, name: "Old Mill Conversion", visibility: "PRIVATE",
		created: w.now.AddDate(-3, 0, 0), team: w.team(w.users[1], w.users[2], w.users[0]),
	}
	w.builder(p).series("Survey/Building %c/Floor %d", 3, 4, old)
	return p
}

func (w *world) hidden() *project {
	p := &project{
		id: HiddenID, name: "Woonhuis Delft", description: "Private", visibility: "PRIVATE",
		created: w.now.AddDate(0, 0, -44), team: w.team(w.user(StrangerID)),
	}
	w.builder(p).list(fresh, "huis", "tuin")
	return p
}
