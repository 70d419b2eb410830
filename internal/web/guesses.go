package web

import (
	"net"
	"net/http"
	"net/netip"
	"sync"

	"golang.org/x/time/rate"
)

// How fast somebody may try tokens: a few at once, then one each few seconds.
const (
	guessEvery = 0.2 // a second
	guessBurst = 5
	// guessers bounds how many addresses are remembered.
	guessers = 4096
)

// guesses slows down who tries tokens, each address for itself.
type guesses struct {
	mu sync.Mutex
	by map[netip.Prefix]*rate.Limiter
}

// allow says whether one more may be tried from where a request comes.
func (g *guesses) allow(r *http.Request) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	from := origin(r.RemoteAddr)
	limiter := g.by[from]
	if limiter == nil {
		if len(g.by) >= guessers || g.by == nil {
			g.by = map[netip.Prefix]*rate.Limiter{}
		}
		limiter = rate.NewLimiter(guessEvery, guessBurst)
		g.by[from] = limiter
	}
	return limiter.Allow()
}

// origin is the network that an address is of: of IPv6 one person has a whole one.
func origin(remote string) netip.Prefix {
	host, _, _ := net.SplitHostPort(remote)
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Prefix{}
	}
	bits := 32
	ip = ip.Unmap()
	if ip.Is6() {
		bits = 64
	}
	prefix, _ := ip.WithZone("").Prefix(bits) // fits
	return prefix
}
