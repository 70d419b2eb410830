// Package walk_test has a real browser look at every page and press every
// button, on a phone and on a desk, in light and in dark.
package walk_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// tools is where the test command puts what tests need beside Go.
const tools = "../../../.tools"

// browser is a tab that notes what a page complains of.
type browser struct {
	testing.TB

	ctx        context.Context
	complaints chan string
}

func open(t *testing.T) *browser {
	t.Helper()
	path := ""
	for _, name := range []string{"/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"} {
		if _, err := os.Stat(name); err == nil && path == "" {
			path = name
		}
	}
	if path == "" {
		t.Fatal("there is no Chromium: .ci/needs installs Debian's")
	}
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-dev-shm-usage", true))...)
	t.Cleanup(cancel)
	b := &browser{TB: t, complaints: make(chan string, 1000)}
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithListener(b.note))
	t.Cleanup(cancel)
	b.ctx = ctx
	b.do(call(log.Enable, cdp.Empty{}))
	return b
}

// call makes a command of the protocol an action.
func call[P, R any](c cdp.Command[P, R], p P) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, t, c, p)
		return chromedp.Void{}, err
	}
}

// note takes down what the console says: a blocked script or style, an error.
func (b *browser) note(event any) {
	said := ""
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError && e.Entry.Source != "network" {
			said = e.Entry.Text
		}
	case *runtime.EventExceptionThrown:
		said = fmt.Sprint(e.ExceptionDetails.Text, " ", e.ExceptionDetails.Exception)
	}
	if said != "" {
		select {
		case b.complaints <- said:
		default:
		}
	}
}

func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.Fatal(err)
	}
}

// tells evaluates an expression on the page.
func tells[T any](b *browser, expression string) T {
	b.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatalf("%s: %v", expression[:min(len(expression), 80)], err)
	}
	return value
}

// visit opens an address.
func (b *browser) visit(address string) {
	b.Helper()
	b.do(chromedp.Navigate(address), chromedp.WaitReady(chromedp.CSS("#main")))
}

// press clicks on a button or a link by its words.
func (b *browser) press(element, words string) {
	b.Helper()
	b.do(chromedp.Click(fmt.Sprintf(`//%s[contains(normalize-space(.), %q)]`, element, words)))
}

// leaves presses what leads to another page, and waits until that is there: it
// may say the same words as this one.
func (b *browser) leaves(element, words string) {
	b.Helper()
	tells[bool](b, `window.still = true`)
	b.press(element, words)
	b.is(`window.still === undefined && document.readyState === "complete"`)
}

func (b *browser) write(selector, words string) {
	b.Helper()
	b.do(chromedp.SendKeys(chromedp.CSS(selector), words))
}

// set replaces what stands in a field.
func (b *browser) set(selector, words string) {
	b.Helper()
	tells[bool](b, fmt.Sprintf(`(() => { const field = document.querySelector(%q); field.value = %q; field.dispatchEvent(new Event("input", {bubbles: true})); return true })()`, selector, words))
}

// is waits until a condition holds on the page, whichever page it is by then.
func (b *browser) is(condition string) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 2*time.Minute) // a hang ends here; nothing is measured
	defer cancel()
	for {
		holds, _ := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+condition+")")) // a page that goes away says nothing
		if holds {
			return
		}
		select {
		case <-ctx.Done():
			text, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string]("location.href + ' says ' + document.body.innerText"))
			b.Fatalf("never came: %s; %s", condition, text)
		case <-time.After(30 * time.Millisecond):
		}
	}
}

// sees waits until the page says something: by itself, where it changes.
func (b *browser) sees(words string) {
	b.Helper()
	b.is(fmt.Sprintf("document.body && document.body.innerText.includes(%q)", words))
}

// silent checks that no page has complained.
func (b *browser) silent(where string) {
	b.Helper()
	for {
		select {
		case said := <-b.complaints:
			b.Errorf("%s: %s", where, said)
		default:
			return
		}
	}
}

// look is one way to look at a page.
type look struct {
	name          string
	width, height int64
	scheme        string
}

var looks = []look{
	{"desk-light", 1280, 900, "light"}, {"desk-dark", 1280, 900, "dark"}, {"phone-light", 390, 844, "light"}, {"phone-dark", 390, 844, "dark"},
}

// serious runs axe on the page, and gives what it finds that matters.
const serious = `axe.run(document, {resultTypes: ["violations"]}).then((found) => found.violations
	.filter((v) => v.impact === "serious" || v.impact === "critical" || v.tags.includes("wcag2aa"))
	.map((v) => v.id + ": " + v.help + " at " + v.nodes.slice(0, 5).map((n) => n.target.join(" ") + " (" + n.failureSummary.split("\n").slice(1, 2) + ")").join(", ")).join("\n"))`

// cut is a text in the table of jobs whose end nobody sees, and that doesn't say so by dots.
const cut = `(() => { const lost = [...document.querySelectorAll(".jobs td > span:not(.unseen)")].find((span) => span.scrollWidth > span.clientWidth + 1 &&
	getComputedStyle(span).display !== "inline" && getComputedStyle(span).textOverflow !== "ellipsis"); return lost ? lost.innerText : "" })()`

// cutRunning is the same with the longest that is said of a last run.
const cutRunning = `(() => { const spans = [...document.querySelectorAll(".jobs td > a + .soft")], said = spans.map((span) => span.textContent);
	spans.forEach((span) => { span.textContent = "for less than a minute" }); const lost = ` + cut + `;
	spans.forEach((span, i) => { span.textContent = said[i] }); return lost })()`

// picture looks at the page in one way: it must be calm, fit, and be usable.
func (b *browser) picture(axe, name string, l look) {
	b.Helper()
	var options []chromedp.EmulateViewportOption
	if l.width < 500 {
		options = append(options, chromedp.EmulateMobile)
	}
	b.do(chromedp.EmulateViewport(l.width, l.height, options...), call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: l.scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}},
	}))
	tells[bool](b, axe+"; true")
	if found := tells[string](b, serious); found != "" {
		b.Errorf("%s, %s: %s", name, l.name, found)
	}
	if wide := tells[int](b, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); wide > 0 {
		b.Errorf("%s, %s: the page is %d pixels wider than the screen", name, l.name, wide)
	}
	for _, look := range []string{cut, cutRunning} {
		if lost := tells[string](b, look); lost != "" {
			b.Errorf("%s, %s: the end of %q is cut off", name, l.name, lost)
		}
	}
	png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.Fatal(err)
	}
	dir := filepath.Join(tools, "pictures")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+"-"+l.name+".png"), png, 0o600); err != nil {
		b.Fatal(err)
	}
}

func axeCore(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(tools, "axe", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatalf("%v: .ci/needs installs it", err)
	}
	return string(data)
}

func TestAWalkThroughEveryPage(t *testing.T) {
	axe := axeCore(t)
	site := serve(t)
	b := open(t)

	b.visit(site.url + "/")
	b.sees("Sign in")
	for _, l := range looks {
		b.picture(axe, "login", l)
	}
	b.write("#token", "wrong")
	b.press("button", "Sign in")
	b.sees("This is not the token.")
	b.write("#token", webToken)
	b.press("button", "Sign in")
	b.sees("project-counts")

	b.visit(site.url + "/")
	b.do(chromedp.KeyEvent("\t"))
	b.is(`document.activeElement.textContent === "Skip to the content"`)
	b.write("#q", "door")
	b.is(`document.querySelectorAll(".jobs tbody tr").length === 1 && location.search.includes("q=door")`)
	b.set("#q", "")
	b.is(`document.querySelectorAll(".jobs tbody tr").length > 5`)
	hidden(b)

	good := pressed(b, site, "models-with-latest-version", "Run now")
	b.sees("Succeeded")
	b.sees("latest")
	b.is(`document.querySelector("#live").dataset.live === "off"`)
	b.press("a", ".csv")
	b.is(`document.querySelectorAll(".records tbody tr").length > 3`)
	file := tells[string](b, "location.pathname")

	b.visit(site.url + "/jobs/level-03-elements")
	b.press("button", "Dry run")
	b.sees("The first records")
	b.is(`document.querySelectorAll(".records tbody tr").length === 50`)
	b.leaves("button", "Again")
	b.sees("The first records")

	failed := pressed(b, site, "refused", "Run now")
	b.sees("Make a new token")
	b.leaves("button", "Run again")
	b.sees("Make a new token")

	lost := pressed(b, site, "undelivered", "Run now")
	b.sees("Given up")
	b.press("button", "Send again")
	b.sees("2 tries")
	b.press("summary", "Each try")
	b.sees("Try 1 refused")
	b.sees("Asked to be sent again")
	b.sees("Try 2 refused")
	b.press("summary", "Give up what is owed")
	again := pressed(b, site, "undelivered", "Run now")
	b.sees("Given up")
	b.press("summary", "Give up what is owed")
	b.press("button", "Give them up")
	b.sees("Forgotten")

	waiting := pressed(b, site, "unreachable", "Run now")
	b.sees("Tried again")
	b.press("button", "Cancel")
	b.sees("Canceled")
	pressed(b, site, "unreachable", "Run now")
	b.sees("Tried again")

	b.visit(site.url + "/check")
	b.press("button", "Check")
	b.sees("This job file is good")
	b.set("#file", "server: https://app.speckle.systems\njobs:\n  a:\n    shedule: daily\n")
	b.press("button", "Check")
	b.sees("did you mean schedule?")
	for _, l := range looks {
		b.picture(axe, "check-problems", l)
	}
	b.silent("the buttons")

	for _, p := range []struct{ name, path string }{
		{"overview", "/"}, {"overview-attention", "/?show=attention"}, {"job", "/jobs/models-with-latest-version"},
		{"job-often", "/jobs/project-counts"},
		{"job-elements", "/jobs/door-schedule"}, {"job-failing", "/jobs/refused"}, {"run", good}, {"run-failed", failed},
		{"run-undelivered", lost}, {"run-forgotten", again},
		{"run-canceled", waiting}, {"changes", good + "/changes"}, {"file", file},
		{"trial", "/jobs/level-03-elements/try"}, {"calendar", "/calendar"},
		{"deliveries", "/deliveries"}, {"tokens", "/tokens"}, {"check", "/check"}, {"nothing", "/nothing-is-here"},
	} {
		b.visit(site.url + p.path)
		for _, l := range looks {
			b.picture(axe, p.name, l)
		}
		b.silent(p.name)
	}
	b.visit(site.url + lost)
	b.press("summary", "Each try")
	for _, l := range looks {
		b.picture(axe, "run-tries", l)
	}
	b.do(chromedp.EmulateReset())
	b.press("button", "Sign out")
	b.sees("Sign in")
}

// pressed opens a job, presses a button, and gives the path of the run that
// comes of it.
func pressed(b *browser, site *site, job, button string) string {
	b.Helper()
	b.visit(site.url + "/jobs/" + job)
	b.press("button", button)
	b.is(`location.pathname.startsWith("/runs/") && document.readyState === "complete"`)
	return tells[string](b, "location.pathname")
}

// hidden checks that a page that nobody sees asks for nothing.
func hidden(b *browser) {
	b.Helper()
	tells[bool](b, `
		window.asked = 0;
		document.addEventListener("htmx:before:response", () => { window.asked++ });
		document.addEventListener("htmx:before:request", (event) => { if (event.defaultPrevented) window.kept = true });
		Object.defineProperty(document, "hidden", {configurable: true, get: () => true});
		window.asked = 0;
		htmx.trigger(document.querySelector("#live"), "look");
		true`)
	b.is("window.kept === true")
	tells[bool](b, `
		delete document.hidden;
		document.dispatchEvent(new Event("visibilitychange"));
		true`)
	b.is("window.asked > 0")
}
