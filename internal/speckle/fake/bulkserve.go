package fake

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
)

// serve answers a call by its plan, or says that it has none.
func (b *bulk) serve(w http.ResponseWriter, c *call) bool {
	if b == nil || c.refused != nil || c.op.bulk == nil || c.need("streams:read") != nil {
		return false
	}
	p := c.op.bulk
	if p.text(c, p.project, "id") != BulkID || p.text(c, p.object, "id") != BulkRootID {
		return false
	}
	node, err := c.readsNow(BulkID)
	if err != nil {
		return false
	}
	limit, ok := p.limit(c)
	if !ok {
		return false
	}
	p.once.Do(func() { p.prepare(b) })
	start := b.after(p.text(c, p.records, "cursor"))
	end := start + min(limit, b.size()-start)
	head, tail := p.frame(node, b.count, end, end > start)
	w.Header().Set("Content-Type", jsonType)
	w.Header().Set("Content-Length", strconv.Itoa(len(head)+p.length(start, end)+len(tail)))
	w.WriteHeader(http.StatusOK)
	if _, err := w.Write(head); err != nil {
		return true // the reader left
	}
	p.stream(w, start, end)
	_, _ = w.Write(tail)
	return true
}

func (p *bulkPlan) value(c *call, field *ast.Field, arg string) any {
	a := field.Arguments.ForName(arg)
	if a == nil {
		return nil
	}
	v, err := a.Value.Value(c.withDefaults(p.operation))
	if err != nil {
		return nil
	}
	return v
}

// withDefaults gives a call's variables and the operation's defaults.
func (c *call) withDefaults(op *ast.OperationDefinition) map[string]any {
	out := map[string]any{}
	for _, v := range op.VariableDefinitions {
		if v.DefaultValue != nil {
			out[v.Variable], _ = v.DefaultValue.Value(nil) // a constant, by the grammar
		}
		if given, ok := c.request.Variables[v.Variable]; ok {
			out[v.Variable] = given
		}
	}
	return out
}

func (p *bulkPlan) text(c *call, field *ast.Field, arg string) string {
	s, _ := p.value(c, field, arg).(string)
	return s
}

func (p *bulkPlan) limit(c *call) (int, bool) {
	switch n := p.value(c, p.records, "limit").(type) {
	case nil:
		return 100, p.records.Arguments.ForName("limit") == nil
	case float64:
		return int(n), n > 0
	case int64:
		return int(n), n > 0
	}
	return 0, false
}

// prepare writes every slot once; later only the ids change.
func (p *bulkPlan) prepare(b *bulk) {
	list, _ := only(p.records.SelectionSet, "objects", "totalCount", "cursor")
	var out bytes.Buffer
	for i := range b.slots {
		o := b.at(i)
		p.starts = append(p.starts, out.Len())
		at := [2]int{-1, -1}
		for n, selection := range list.SelectionSet {
			f, _ := selection.(*ast.Field) // checked by planBulk
			out.WriteByte("{,"[min(n, 1)])
			fmt.Fprintf(&out, "%q:", f.Alias)
			if f.Name == "id" {
				at[0] = out.Len() + len(`"`) + len(bulkPrefix)
				fmt.Fprintf(&out, "%q", o.id)
				continue
			}
			at[1] = out.Len() + bytes.Index(o.data, []byte(o.id)) + len(bulkPrefix)
			out.Write(o.data)
		}
		out.WriteString("},")
		p.ids = append(p.ids, at)
	}
	p.starts = append(p.starts, out.Len())
	p.template = out.Bytes()
	p.pool.New = func() any { return bytes.Clone(p.template) }
}

// length is that of the records from start to end, without the last comma.
func (p *bulkPlan) length(start, end int) int {
	if end <= start {
		return 0
	}
	upTo := func(i int) int { return i/bulkSlots*len(p.template) + p.starts[i%bulkSlots] }
	return upTo(end) - upTo(start) - 1
}

// stream writes the records a round of slots at a time.
func (p *bulkPlan) stream(w http.ResponseWriter, start, end int) {
	buffer, _ := p.pool.Get().([]byte)
	defer p.pool.Put(buffer) //nolint:staticcheck // a slice header is small beside 400 KB
	for start < end {
		first := start % bulkSlots
		last := min(bulkSlots, first+end-start)
		for slot := first; slot < last; slot++ {
			for _, at := range p.ids[slot] {
				if at >= 0 {
					writeCount(buffer[at:at+8], start+slot-first)
				}
			}
		}
		start += last - first
		part := buffer[p.starts[first]:p.starts[last]]
		if start == end {
			part = part[:len(part)-1]
		}
		if _, err := w.Write(part); err != nil {
			return // the reader left
		}
	}
}

// frame is what stands before and behind the records.
func (p *bulkPlan) frame(node *project, total int32, end int, some bool) (head, tail []byte) {
	var out bytes.Buffer
	cut := 0
	write := func(set ast.SelectionSet, values map[string]string, inner func()) {
		for n, selection := range set {
			f, _ := selection.(*ast.Field) // checked by planBulk
			out.WriteByte("{,"[min(n, 1)])
			fmt.Fprintf(&out, "%q:", f.Alias)
			if value, ok := values[f.Name]; ok {
				out.WriteString(value)
			} else {
				inner()
			}
		}
		out.WriteByte('}')
	}
	cursor := "null"
	if some {
		cursor = strconv.Quote(bulkID(end - 1))
	}
	number := strconv.Itoa(int(total))
	out.WriteString(`{"data":`)
	write(p.operation.SelectionSet, nil, func() {
		write(p.project.SelectionSet, map[string]string{"id": strconv.Quote(node.id), "name": strconv.Quote(node.name)}, func() {
			write(p.object.SelectionSet, map[string]string{"id": strconv.Quote(BulkRootID), "totalChildrenCount": number}, func() {
				write(p.records.SelectionSet, map[string]string{"totalCount": number, "cursor": cursor}, func() {
					out.WriteByte('[')
					cut = out.Len()
					out.WriteByte(']')
				})
			})
		})
	})
	out.WriteString("}\n")
	return out.Bytes()[:cut], out.Bytes()[cut:]
}
