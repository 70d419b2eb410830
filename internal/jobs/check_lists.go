package jobs

import (
	"fmt"
	"strconv"

	"speckle-runner/internal/jobs/choices"
	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/shape"
	"speckle-runner/internal/speckle/query"
)

// muchSmaller is from how many times more requests on a page size is worth a
// word.
const muchSmaller = 4

// amount is how many records a query asks a list for, and where that is said.
type amount struct {
	n     int
	known bool
	value shape.At // of the variable, when the job file gives it
}

// lists tells of page sizes that cost requests or are refused, and of lists
// that an answer holds the beginning of only.
func (l *loader) lists(a asking, q *query.Query, j *shape.Job) {
	if q == nil {
		return
	}
	for _, one := range q.Lists() {
		asked := l.amount(a, q, one)
		switch {
		case asked.known && one.Max > 0 && asked.n > one.Max && one.Refused:
			l.ofList(a, one, asked, document.Problem{
				Message: fmt.Sprintf("the server refuses more than %d %s a page, and this asks for %d", one.Max, one.Name, asked.n),
				Hint:    fmt.Sprintf("ask for %d; this is known of the open source server (2026-06): another may take more", one.Max),
			})
		case one.Paged && !a.early: // who stops early may want small pages
			l.smallPage(a, one, asked)
		case !one.Paged && choices.Complete(j.Complete.Value) != choices.CompleteOff:
			l.cutList(a, q, one, asked)
		}
	}
}

// amount finds the limit of a list: the job's value for its variable, what the
// query says, what the runner sets, or what the server gives without one.
func (l *loader) amount(a asking, q *query.Query, one query.List) amount {
	if one.Var != "" {
		if a.variables.Given() && a.variables.Node.Kind == document.KindMapping {
			if v := a.variables.Node.Get(one.Var); v != nil {
				n, err := strconv.Atoi(v.Text)
				return amount{n, v.Kind == document.KindNumber && err == nil && n >= 0, shape.At{Node: v, Path: shape.Join(a.variables.Path, one.Var)}}
			}
		}
		if a.given(one.Var) {
			return amount{}
		}
	}
	switch {
	case one.Limit >= 0:
		return amount{n: one.Limit, known: true}
	case q.Paging != nil && one.Var != "" && one.Var == q.Paging.LimitVar:
		return amount{n: q.Paging.MaxLimit, known: true}
	}
	return amount{n: one.Default, known: one.Var == "" && one.Default > 0}
}

// ofList warns at the place that says how much is asked for.
func (l *loader) ofList(a asking, one query.List, asked amount, p document.Problem) {
	if asked.value.Given() {
		l.Warning(asked.value, p)
		return
	}
	l.inQuery(a, query.Problem{Line: one.Line, Col: one.Col, Message: p.Message, Hint: p.Hint}, true)
}

// smallPage says what a page that is far below the largest one costs.
func (l *loader) smallPage(a asking, one query.List, asked amount) {
	if !asked.known || !one.Known || asked.n < 1 || one.Largest/asked.n < muchSmaller {
		return
	}
	p := document.Problem{
		Message: fmt.Sprintf("%s gives up to %d per page; %d means %d times more requests", one.Name, one.Largest, asked.n, one.Largest/asked.n),
		Hint:    fmt.Sprintf("write limit: %d", one.Largest),
	}
	switch {
	case asked.value.Given():
		p.Hint = "remove it: then the largest page is asked for"
	case one.Var != "":
		p.Hint = "remove the variable's default: then the largest page is asked for"
	case one.Limit < 0:
		p.Message = fmt.Sprintf("without a limit, %s gives %d per page; a limit of %d means %d times fewer requests",
			one.Name, asked.n, one.Largest, one.Largest/asked.n)
	}
	l.ofList(a, one, asked, p)
}

// cutList tells of a list whose first records only are exported.
func (l *loader) cutList(a asking, q *query.Query, one query.List, asked amount) {
	n, capped := asked.n, false
	if one.Max > 0 && n >= one.Max {
		n, capped = one.Max, true
	}
	nested := one.Below != ""
	switch {
	case !asked.known || n == 0:
		return
	case n == 1 && !one.Cursor: // the newest one is what is wanted
		return
	case nested && capped && one.Total: // a run tells when there are more
		return
	}
	p := document.Problem{Message: fmt.Sprintf("only the first %d %s", n, one.Name)}
	if n == 1 {
		p.Message = "only the first of the " + one.Name
	}
	if nested {
		p.Message += " in each of the " + one.Below
	}
	if a.items {
		p.Message += " will be read"
	} else {
		p.Message += " will be exported"
	}
	if one.Limit < 0 && one.Var == "" {
		p.Message += ": without a limit the server gives no more"
	}
	p.Hint = cutHint(q, one, capped)
	l.ofList(a, one, asked, p)
}

func cutHint(q *query.Query, one query.List, capped bool) string {
	switch {
	case one.Below == "" && q.Paging == nil:
		return "page it: " + one.Page
	case one.Below == "":
		return fmt.Sprintf("a job pages one list: read %s in a job of its own", one.Name)
	case capped && one.Totals:
		return fmt.Sprintf("select totalCount beside items, so that a run can tell if there are more; or read %s in a job of its own, with "+
			"for_each over the %s", one.Name, one.Below)
	}
	raise := "raise the limit"
	if one.Limit < 0 && one.Var == "" {
		raise = "write a limit"
	}
	if capped {
		return fmt.Sprintf("read %s in a job of its own, with for_each over the %s", one.Name, one.Below)
	}
	if one.Max > 0 {
		raise += fmt.Sprintf(" (the server gives %d at most)", one.Max)
	}
	return fmt.Sprintf("%s, or read %s in a job of its own, with for_each over the %s", raise, one.Name, one.Below)
}
