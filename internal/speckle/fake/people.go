package fake

import "time"

func (w *world) people() {
	day := 24 * time.Hour
	person := func(id, name, email, company, role string, days int) *user {
		u := &user{id: id, name: name, email: email, company: company, role: role, created: w.now.Add(-time.Duration(days) * day)}
		w.users = append(w.users, u)
		return u
	}
	// Newest last; users are listed by the time they joined.
	orla := person(OwnerID, "Orla Byrne", "orla.byrne@harbourlime.example", practice, "server:admin", 1460)
	orla.bio = "BIM manager"
	person(MemberID, "Søren Ågård", "soren.agard@harbourlime.example", practice, "server:user", 1322)
	person("4b19c7de08", "Ngozi Okonkwo", "ngozi.okonkwo@harbourlime.example", practice, "server:user", 1180)
	person("d8e03f5a61", "María José Núñez", "mj.nunez@estructurasnorte.example", "Estructuras Norte", "server:user", 960)
	//nolint:gosmopolitan // names are in any script
	person("61f2a8b90c", "山本 恵子", "keiko.yamamoto@facadelab.example", "Façade Lab 東京", "server:user", 811)
	person("ae57d1034b", "Zoë Müller", "zoe.mueller@tga-ost.example", "TGA Ost GmbH", "server:user", 604)
	person("1d90be6c72", "Łukasz Wójcik", "lukasz.wojcik@harbourlime.example", practice, "server:user", 388)
	person("73c4f9e15d", "Tariq Al-Masri", "tariq@sitecraft.example", "Sitecraft", "server:guest", 97)
	person(StrangerID, "Piet van Dijk", "piet@vandijk.example", "Van Dijk Bouw", "server:user", 45)

	w.workspace = workspace{id: "9f41c0d27e", name: practice, slug: WorkspaceSlug, created: w.now.Add(-700 * day)}
	for i, u := range w.users[:7] {
		role, kind := "workspace:member", "editor"
		switch {
		case i == 0:
			role = "workspace:admin"
		case u.company != practice:
			role, kind = "workspace:guest", "viewer"
		}
		joined := u.created
		if joined.Before(w.workspace.created) {
			joined = w.workspace.created.Add(time.Duration(i) * time.Hour)
		}
		w.workspace.team = append(w.workspace.team, seat{user: u, role: role, seat: kind, joined: joined})
	}
}

func (w *world) team(owner *user, others ...*user) []member {
	team := []member{{owner, "stream:owner"}}
	for i, u := range others {
		role := "stream:contributor"
		if i == len(others)-1 && i > 0 {
			role = "stream:reviewer"
		}
		team = append(team, member{u, role})
	}
	return team
}

const practice = "Harbour & Lime Architects"
