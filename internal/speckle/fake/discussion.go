package fake

import "time"

var threads = []string{
	"Beam clashes with the riser at grid D/7, who moves?",
	"Door 3.14 swings into the escape route",
	"Bitte Brüstungshöhe prüfen: 1,05 m statt 1,10 m",
	"Is this slab edge final? Façade needs it by Friday.",
	"Room names differ from the schedule",
	"手すりの高さを確認してください", //nolint:gosmopolitan // people write in their own script
	"Falta la junta de dilatación en el eje 4",
	"Fire rating missing on these walls",
	"Ceiling void is 40 mm short for the duct",
	"Glazing type changed, cost to confirm",
	"Stair core wall thickness: 250 or 300?",
	"Please re-export with shared coordinates",
}

var answers = []string{
	"Moved it 150 mm west, see the next version.", "Agreed.", "Erledigt.", "Waiting for the structural engineer.",
	"Fixed in Level 03 – please close.", "了解しました", "Not ours: MEP.", "Discussed on site, stays as it is.", //nolint:gosmopolitan // as above
}

// discussion puts comments on the newest versions. One thread has more
// replies than a page of them holds; a few are archived.
func (b *builder) discussion() {
	for i, said := range threads {
		on := b.project.versions[i]
		c := &comment{
			id: b.id(), text: said, author: b.author(), created: b.ago(float64(i)*2.3+0.1, 1),
			archived: i%5 == 4, model: on.model.id, version: on.id, object: on.object,
		}
		c.updated = c.created
		replies := b.IntN(4)
		if i == 3 {
			replies = 27
		}
		for n := range replies {
			at := b.unused(c.created.Add(time.Duration(n+1) * 17 * time.Minute))
			c.replies = append([]*comment{{
				id: b.id(), text: pick(b.dice, answers), author: b.author(), created: at, updated: at, reply: true,
				model: on.model.id, version: on.id, object: on.object,
			}}, c.replies...)
			c.updated = at
		}
		b.project.threads = append(b.project.threads, c)
	}
}
