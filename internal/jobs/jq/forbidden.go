package jq

// forbidden are names that gojq knows, or that people expect, with what to say
// and what to do instead.
var forbidden = map[string][2]string{
	"$ENV":              {"a program can't read environment variables", ""},
	"env":               {"a program can't read environment variables", ""},
	"input":             {"a program sees one record at a time, so there is no input", "the record is . and the rest of its page $data"},
	"inputs":            {"a program sees one record at a time, so there is no inputs", "the record is . and the rest of its page $data"},
	"input_line_number": {"a program sees one record at a time, so there is no input_line_number", ""},
	"modulemeta":        {"a program can't load modules", ""},
	"halt": {"halt would leave out all records that follow",
		`write empty to leave out one record, or error("why") to fail the run`},
	"debug":    {"there is no debug here", "see what a program gives with runner run --dry-run"},
	"stderr":   {"there is no stderr here", "see what a program gives with runner run --dry-run"},
	"$__loc__": {"there is no $__loc__ here", ""},
}

var formatNames = []string{"@text", "@json", "@html", "@uri", "@urid", "@csv", "@tsv", "@sh", "@base64", "@base64d"}

var formats = func() map[string]bool {
	set := map[string]bool{}
	for _, name := range formatNames {
		set[name] = true
	}
	return set
}()
