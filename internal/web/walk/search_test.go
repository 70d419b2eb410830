package walk_test

import "testing"

// signIn opens the overview for somebody who has the token.
func signIn(b *browser, site *site) {
	b.Helper()
	b.visit(site.url + "/")
	b.write("#token", webToken)
	b.press("button", "Sign in")
	b.sees("project-counts")
}

// What is typed last is what is shown, also while an answer to less of it is awaited.
func TestASearchWhoseFirstAnswerIsLate(t *testing.T) {
	site := serve(t)
	b := open(t)
	signIn(b, site)
	b.visit(site.url + "/")
	tells[bool](b, `
		const real = window.fetch;
		window.fetch = (what, ...more) => String(what.url || what).includes("q=do&")
			? new Promise(() => { window.held = true }) : real(what, ...more);
		true`)
	b.set("#q", "do")
	b.is("window.held === true")
	b.set("#q", "door")
	b.is(`document.querySelectorAll(".jobs tbody tr").length === 1 && location.search.includes("q=door")`)
	b.silent("the search")
}
