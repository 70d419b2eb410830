package daemon

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// Plist is the service as launchd reads it. It is started again when it fails.
func (s Service) Plist() string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
`)
	pair := func(key, value string) { fmt.Fprintf(&b, "\t<key>%s</key>\n\t%s\n", key, value) }
	pair("Label", plistText(s.Name))
	words := []string{plistText(s.Program)}
	for _, arg := range s.Args {
		words = append(words, plistText(arg))
	}
	pair("ProgramArguments", "<array>\n\t\t"+strings.Join(words, "\n\t\t")+"\n\t</array>")
	pair("WorkingDirectory", plistText(s.Dir))
	if s.User != "" && !s.PerUser {
		pair("UserName", plistText(s.User))
	}
	pair("RunAtLoad", "<true/>")
	pair("KeepAlive", "<dict>\n\t\t<key>SuccessfulExit</key>\n\t\t<false/>\n\t</dict>")
	pair("ThrottleInterval", "<integer>10</integer>")
	pair("ExitTimeOut", fmt.Sprintf("<integer>%d</integer>", s.stopSeconds()))
	b.WriteString("</dict>\n</plist>\n")
	return b.String()
}

func plistText(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a builder takes everything
	return "<string>" + b.String() + "</string>"
}
