package fake

import "time"

// tower is the main project: 140 models of six disciplines, comments, file
// imports, check runs and a webhook.
func (w *world) tower() *project {
	p := &project{
		id: TowerID, name: "Kingsgate Tower", description: "40-storey mixed-use tower, stage 4",
		visibility: "PRIVATE", workspaceID: w.workspace.id, created: w.now.AddDate(0, 0, -520),
		team:    w.team(w.users[0], w.users[1:8]...),
		invited: []invite{{id: "c3d80b61fa", title: "cost@quantum-qs.example", role: "stream:reviewer", by: w.users[0]}},
		webhooks: []webhook{{
			id: "e02a94d7b6", url: "https://hooks.harbourlime.example/speckle",
			description: "New versions to the site office", triggers: []string{"commit_create", "comment_created"},
		}},
	}
	b := w.builder(p)
	b.levels("Architecture/Level %02d", 40, mixed)
	b.levels("Structure/Level %02d", 40, mixed)
	b.series("Structure/Core %c", 4, 1, fresh)
	for _, trade := range []string{"Heating", "Ventilation", "Plumbing", "Electrical"} {
		b.zones("MEP/"+trade+"/Zone %02d", 10, mixed)
	}
	b.list(mixed, "Facade/North", "Facade/East", "Facade/South", "Facade/West", "Landscape/Paving", "Landscape/Planting")
	b.list(fresh, "Interiors/Lobby", "Interiors/Sky Lounge", "Interiors/Café", "Interiors/Reception")
	b.list(old, "Survey/Topography", "Survey/Point Cloud", "Fire/Strategy", "Tender/Door Schedule")
	b.list(fresh, "Coordination/Clash Review", "Coordination/Federated")

	b.federated(b.named("Coordination/Federated"))
	b.elements(b.named("Architecture/Level 03"))
	b.uploaded(b.named("Structure/Core A"))
	b.imports(b.named("Facade/North"))
	b.checks()
	p.settle() // comments stand on versions, so these have to be in order
	b.discussion()
	return p
}

// federated gives a model a longer history than one page holds.
func (b *builder) federated(m *model) {
	b.rename(m, FederatedID)
	m.versions = nil
	at := b.now.Add(-3 * time.Hour)
	for range FederatedVersions {
		b.version(m, at)
		at = at.Add(-time.Duration(8+b.IntN(40)) * time.Hour)
	}
	b.date(m)
}

// elements makes the newest version of a model the one with 1,500 elements.
func (b *builder) elements(m *model) {
	b.rename(m, Level03ID)
	m.versions = m.versions[:0]
	for i, days := range []float64{0.7, 6, 13, 27, 55} {
		v := b.version(m, b.ago(days, 0.5))
		if i > 0 {
			continue
		}
		b.setRoot(v, ElementsID, Elements, true)
		v.message, v.app = new("Updated curtain wall grid, doors re-tagged"), "Revit"
	}
	b.date(m)
}

// uploaded hangs a root on a model that came over REST, without a count.
func (b *builder) uploaded(m *model) {
	v := b.version(m, b.ago(0.4, 0.2))
	b.setRoot(v, UploadedID, UploadedObjects, false)
	v.message, v.app = new("Scripted upload from the analysis model"), "python"
	b.date(m)
}

// imports gives a model its file imports: done, failed, and one under way.
func (b *builder) imports(m *model) {
	b.rename(m, ImportsID)
	files := []struct {
		name    string
		status  int
		message string
		days    float64
	}{
		{"Facade_North_P07.ifc", 1, "", 0.02},
		{"Facade_North_P06.ifc", 3, "IFC schema IFC4X3_ADD2 is not supported: entity IFCBRIDGEPART in line 88214", 2},
		{"Facade_North_P05.ifc", 2, "", 9},
		{"Fassade Nord – Übersicht.dwg", 2, "", 30},
		{"Facade_North_P04.ifc", 2, "", 41},
	}
	for _, f := range files {
		at := b.ago(f.days, 0.01)
		u := &upload{
			id: b.id(), file: f.name, kind: f.name[len(f.name)-3:], size: 1_000_000 + b.IntN(90_000_000),
			status: f.status, message: f.message, user: b.author(), at: at, changed: at.Add(4 * time.Minute),
		}
		if f.status == 2 {
			u.version = pick(b.dice, m.versions).id
		}
		m.uploads = append(m.uploads, u)
	}
}

// checks gives every structural model the result of its newest check run.
func (b *builder) checks() {
	states := []string{"SUCCEEDED", "SUCCEEDED", "SUCCEEDED", "FAILED", "SUCCEEDED", "RUNNING", "EXCEPTION"}
	said := map[string]string{
		"FAILED": "3 columns without a foundation", "EXCEPTION": "The function ended without a result", "SUCCEEDED": "All checks passed",
	}
	n := 0
	for _, m := range b.project.models {
		if len(m.name) < 9 || m.name[:9] != "Structure" {
			continue
		}
		state := states[n%len(states)]
		m.automation = &automation{
			id: b.id(), name: "Structural model check", status: state, message: said[state], at: m.updated.Add(5 * time.Minute),
		}
		n++
	}
}
