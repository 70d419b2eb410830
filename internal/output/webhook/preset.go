package webhook

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"speckle-runner/internal/output/note"
)

// preset is one service that messages are made for.
type preset struct {
	name   string
	render func(note.Note) any
	answer func(reply) verdict // to a status of success, with a text
}

func presets() []preset {
	return []preset{{"discord", discord, discordAnswer}, {"slack", slack, slackAnswer}, {"teams", teams, teamsAnswer}}
}

// Presets lists what Preset takes.
func Presets() []string {
	var names []string
	for _, p := range presets() {
		names = append(names, p.name)
	}
	return names
}

// Preset makes a readable message for a service, within the service's limits.
func Preset(name string, in note.Input) ([]byte, error) {
	for _, p := range presets() {
		if p.name == name {
			return marshal(p.render(note.New(in)))
		}
	}
	return nil, fmt.Errorf("unknown preset %q (one of %s)", name, strings.Join(Presets(), ", "))
}

// marshal writes < and > as they are: a person may read the message's source.
func marshal(value any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		return nil, fmt.Errorf("encode message: %w", err)
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}
