package secret

import (
	"strings"

	"speckle-runner/internal/pattern"
)

// receivers are hosts whose addresses let anybody post who knows them; behind a dot all hosts
// below one.
var receivers = []string{
	"hooks.slack.com", "discord.com", "discordapp.com", ".webhook.office.com", ".logic.azure.com", ".powerplatform.com", "chat.googleapis.com",
	"hooks.zapier.com", ".make.com", ".integromat.com", "maker.ifttt.com", "hooks.airtable.com", "api.telegram.org",
	"hc-ping.com", "cronitor.link", "uptime.betterstack.com",
}

// IsReceiver reports whether addresses of a host are secrets: who knows one can post to it.
func IsReceiver(host string) bool {
	host = strings.ToLower(host)
	for _, r := range receivers {
		if host == r || strings.HasPrefix(r, ".") && strings.HasSuffix(host, r) {
			return true
		}
	}
	return false
}

var (
	// hostAndPath finds a host with what stands behind it. One with a dot may lack its scheme.
	hostAndPath = pattern.New("((?:://|@)[A-Za-z0-9.-]+|(?:[A-Za-z0-9-]+\\.)+[A-Za-z0-9-]+)(?::[0-9]+)?/([^\\s\"'`<>…]+)")
	// keyInAddress finds values of a query by names that services give to keys.
	keyInAddress = pattern.New(`(?i)[?&](?:sig|signature|key|api[_-]?key|(?:access_|auth_)?token|secret|code|password|pwd)=([^&#\s]+)`)
	// random finds what nobody types: 20 letters and digits or more. Ids of Speckle are shorter, or have no capitals.
	random = pattern.New(`[A-Za-z0-9]{20,}`)
)

// secretPaths finds what makes an address a secret: all behind a receiver's host, and
// keys behind any other.
func secretPaths(text string) (found [][2]int) {
	for _, at := range hostAndPath().FindAllStringSubmatchIndex(text, -1) {
		if IsReceiver(strings.TrimLeft(text[at[2]:at[3]], ":/@")) {
			found = append(found, [2]int{at[4], at[5]})
			continue
		}
		path := text[at[4]:at[5]]
		for _, key := range keyInAddress().FindAllStringSubmatchIndex(path, -1) {
			found = append(found, [2]int{at[4] + key[2], at[4] + key[3]})
		}
		for _, key := range random().FindAllStringIndex(path, -1) {
			if isMixed(path[key[0]:key[1]]) {
				found = append(found, [2]int{at[4] + key[0], at[4] + key[1]})
			}
		}
	}
	return found
}

// isMixed reports whether a text has capitals, small letters and digits.
func isMixed(text string) bool {
	return strings.ContainsAny(text, "0123456789") && strings.ToLower(text) != text && strings.ToUpper(text) != text
}
