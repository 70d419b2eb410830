package shape

import "reflect"

// The structs of this room are the job file: what is read, the JSON Schema and the
// reference page all follow from them. A key's tags:
//
//	yaml      its name
//	doc       what it means, for the schema and the page
//	default   what holds without it
//	enum      the words it takes, by commas; a word with @ names a list
//	min, max  bounds of a number or a duration
//	group     keys of one group exclude each other
//	need      the key, or one of its group, has to be there
//	any       of the keys with this word at least one has to be there
//	own       a job's own: defaults can't hold it

// Job is one job of it.
type Job struct {
	At           At             `yaml:"-"`
	Description  Text           `yaml:"description" doc:"One line for people."`
	Server       Text           `yaml:"server" kind:"server" default:"as at top level" doc:"The Speckle server of this job."`
	AllowHTTP    Flag           `yaml:"allow_http" default:"false" doc:"Allow an http server that isn't on loopback, although the token then crosses the network unencrypted."`
	Timezone     Text           `yaml:"timezone" kind:"zone" default:"as at top level" doc:"IANA name of the time zone for this job's schedule, for {date}, and for localtime and strflocaltime in jq programs."`
	Schedule     Texts          `yaml:"schedule" kind:"schedule" any:"when" own:"true" doc:"When the job is due: five cron fields (days of the week 0 to 7 or SUN to SAT; 0 and 7 are Sunday), @hourly to @yearly, @every 15m (counted from the Unix epoch), or manual. A list means any of them."`
	OnVersion    Opt[OnVersion] `yaml:"on_version" any:"when" own:"true" doc:"The job is due for each new version of a project's models, in addition to its schedule or without one; runner looks for new versions. See below."`
	TokenEnv     Text           `yaml:"token_env" kind:"env" group:"token" need:"true" doc:"Name of the environment variable that holds this job's Personal Access Token. It is read when a run starts."`
	TokenFile    Text           `yaml:"token_file" group:"token" need:"true" doc:"File that holds the token instead, such as a Docker or Kubernetes secret; relative to the job file."`
	TokenCommand Arguments      `yaml:"token_command" group:"token" need:"true" doc:"Program that prints the token instead, such as a secret manager's, and its arguments, each an item of the list: [vault, kv, get, -field=token, secret/speckle]. No shell reads them. The program runs each time the token is needed, in the job file's folder, and has 10 s. See below."`
	Scopes       Texts          `yaml:"scopes" kind:"scope" doc:"The scopes that this job's token should have. Too few for the query is an error, too many a warning. runner scopes says which are needed, validate --online asks whether the token has them, and runner demo gives its tokens these scopes."`
	Query        Text           `yaml:"query" kind:"block" group:"query" need:"true" own:"true" doc:"One GraphQL operation. It is sent as written; no placeholder in it is expanded."`
	QueryFile    Text           `yaml:"query_file" group:"query" need:"true" own:"true" doc:"File with the operation instead, relative to the job file."`
	Elements     Opt[Elements]  `yaml:"elements" group:"query" need:"true" own:"true" doc:"Read the building elements of a model's version instead of a query's records: each door, wall or room is a record. See below."`
	Variables    Raw            `yaml:"variables" own:"true" default:"{}" doc:"Values of the operation's variables, sent as written: a date stays text, a big number keeps its digits. Text may hold placeholders. runner sets the cursor, and a limit without a value."`
	Mutation     Flag           `yaml:"mutation" default:"false" doc:"Allow the operation to be a mutation. A mutation whose outcome isn't known is never retried."`
	Select       Text           `yaml:"select" kind:"block" default:"." doc:"A jq program that runs on each record, and may give none, one or many. $data is the page's data without its records, $each the for_each record; $job, $tick and $last_success are there too, and $version in a job with elements."`
	Until        Text           `yaml:"until" kind:"block" own:"true" doc:"A jq condition on a record, before select, that ends the reading of a list which comes newest first: the first record for which it is true, and all after it, are left out. See below."`
	Summarize    Opt[Summarize] `yaml:"summarize" own:"true" doc:"Replace the records, after select, by groups of them with counts, sums, least and greatest values and means. See below."`
	ForEach      Opt[ForEach]   `yaml:"for_each" doc:"Run the query, or read the elements, once for each record of another query."`
	Outputs      List[Output]   `yaml:"outputs" need:"true" own:"true" doc:"Where the records go: files, webhooks and mail, at least one."`
	Timeout      Duration       `yaml:"timeout" default:"30m" min:"1s" max:"168h" doc:"How long one attempt of a run may take."`
	MaxBytes     Size           `yaml:"max_bytes" default:"10GiB" min:"1KiB" max:"1024TiB" doc:"How much one attempt of a run may read from the server, decompressed: all pages, pages read again, for_each and requests that are tried again. It also limits what a run keeps on disk until it publishes. A run that reaches it fails, and isn't tried again."`
	Retries      Count          `yaml:"retries" default:"2" min:"0" max:"20" doc:"How many times a whole run is tried again after its first attempt, with growing waits; 0 is none. A single request is tried up to 5 times within its attempt. If retries isn't written, a scheduled run whose failure may pass has as many attempts as fit into retry_for. See below."`
	RetryFor     Duration       `yaml:"retry_for" default:"1h" min:"0" max:"168h" doc:"How long a scheduled run is tried again after its first failure, never past the job's next tick. Waits grow from 10 s to 10 min. If it is written, it also holds for runs by hand, which otherwise have only their retries. 0 means not at all. See below."`
	Overlap      Text           `yaml:"overlap" default:"skip" enum:"@overlap" doc:"What happens when the job is due while it is still running, or still waiting for a place to run: skip records the tick as skipped, queue lets one tick wait, replace cancels the old run. With on_version the default is queue, all versions wait their turn, and skip is refused."`
	Missed       Text           `yaml:"missed" default:"last" enum:"@missed" doc:"Which of the ticks that passed while nothing was running are run afterwards. For versions, last is the newest of each model."`
	Window       Duration       `yaml:"missed_window" default:"24h" min:"1m" max:"8760h" doc:"How old a missed tick may be and still be run afterwards."`
	Spread       Duration       `yaml:"spread" default:"0" min:"0" max:"24h" doc:"Delay each tick by a fixed part of this, worked out from the job's name, so that jobs due in the same minute don't start together; runner next shows the delay."`
	OnPartial    Text           `yaml:"on_partial" default:"fail" enum:"@on_partial" doc:"What happens if data and errors come together."`
	Complete     Text           `yaml:"complete" default:"fail" enum:"@complete" doc:"What happens if there are fewer records than totalCount says."`
	Lookback     Duration       `yaml:"lookback" default:"5m" min:"0" max:"168h" doc:"How far {last_success} and $last_success are set back from the last good run, for records that appear late and clocks that differ. Records that were already published are recognised by their id and left out. 0 is the last good run itself. See below."`
	ShrinkLimit  Share          `yaml:"shrink_limit" default:"off" doc:"Refuse to publish when the records fall below this share of the last good run, such as 50%."`
	Notify       List[Notify]   `yaml:"notify" default:"as at top level" doc:"Messages about this job's runs, instead of those at top level; [] means none."`
	Disabled     Flag           `yaml:"disabled" default:"false" doc:"Keep the job in the file and check it, but don't run it."`
}

// Defaults is a job without its own keys.
type Defaults Job

func (Defaults) defaulting() {}

var defaultsType = reflect.TypeFor[Defaults]()

// ForEach is a job's for_each.
type ForEach struct {
	At          At    `yaml:"-"`
	Query       Text  `yaml:"query" kind:"block" group:"query" need:"true" doc:"One GraphQL query. The main query runs once for each of its records."`
	QueryFile   Text  `yaml:"query_file" group:"query" need:"true" doc:"File with the query instead, relative to the job file."`
	Variables   Raw   `yaml:"variables" default:"{}" doc:"Values of this query's variables."`
	Select      Text  `yaml:"select" kind:"block" default:"." doc:"A jq program that runs on each record. The keys of its result are added to the main query's variables, and are {each.NAME} in placeholders."`
	Until       Text  `yaml:"until" kind:"block" doc:"A jq condition that ends the reading of the items, like the job's own until."`
	Concurrency Count `yaml:"concurrency" default:"4" min:"1" max:"64" doc:"How many requests are under way at once."`
	Batch       Count `yaml:"batch" default:"up to 20" min:"1" max:"100" doc:"At most how many items one request asks for; fewer if the answers turn out large, or too much for the server. With 1 each item has its own request, as mutations and elements always do."`
	OnError     Text  `yaml:"on_error" default:"fail" enum:"@on_error" doc:"What happens when an item fails: fail ends the run, skip leaves the item out and names it in the run's warnings. See below."`
}

// Output is one of a job's outputs.
type Output struct {
	At            At      `yaml:"-"`
	File          Text    `yaml:"file" group:"target" need:"true" kind:"path" doc:"Path below --output-dir, with / on every system, or an address s3://, gs:// or azblob://. May hold placeholders."`
	Format        Text    `yaml:"format" of:"file" enum:"@formats" default:"from the name" doc:"How the file is written. xlsx is a workbook with a table; rows that don't fit on one sheet go on further sheets."`
	Columns       Columns `yaml:"columns" of:"file" default:"found" doc:"For tables: the columns in order, each a name or dotted path, or {name, path, type}. Without it, the columns are the leaves of the query's selection, or the keys that select makes. See below."`
	FormulaGuard  Flag    `yaml:"formula_guard" of:"file" default:"false" doc:"CSV: put a ' before text that Excel would run as a formula, whichever separator Excel uses."`
	BOM           Flag    `yaml:"bom" of:"file" default:"false" doc:"CSV: begin with a byte order mark, which old Excel needs to see UTF-8."`
	Separator     Text    `yaml:"separator" of:"file" kind:"char" default:"," doc:"CSV: the character between cells."`
	Latest        Text    `yaml:"latest" of:"file" kind:"path" doc:"A second path, which always holds the newest good export: that of the newest tick, even after a backfill."`
	Keep          Count   `yaml:"keep" of:"file" min:"1" max:"100000" default:"all" doc:"How many exports of this output to keep."`
	Append        Flag    `yaml:"append" of:"file" default:"false" doc:"true adds the run's records to the file instead of replacing it, for csv and ndjson below the output directory. The file is replaced by a longer one, so readers never see half a run. A run that is repeated replaces the rows it had written, and the rows of an older tick go before those of newer ones. What each run wrote is noted beside the file, in .NAME.parts.json."`
	Overwrite     Flag    `yaml:"overwrite" of:"file" default:"true" doc:"false makes an existing file an error, unless an attempt of the same run that was cut off wrote it."`
	Manifest      Flag    `yaml:"manifest" of:"file" default:"false" doc:"Write a manifest file beside the file, with run, tick, records, bytes, sha256, query hash, server version and the run's warnings."`
	Webhook       Text    `yaml:"webhook" group:"target" need:"true" kind:"address" doc:"Address that the records are posted to. May hold placeholders after the host."`
	WebhookEnv    Text    `yaml:"webhook_env" group:"target" need:"true" kind:"env" doc:"Name of the environment variable that holds the address, when that is a secret."`
	Email         Texts   `yaml:"email" group:"target" need:"true" kind:"mail" doc:"Addresses that a summary of the run is mailed to, each in a separate mail, with the run's files attached or their paths. smtp at top level names the server."`
	Hook          `yaml:",inline"`
	MaxAttachment Size  `yaml:"max_attachment" of:"email" default:"10MiB" min:"0" max:"40MiB" doc:"How large the files attached to one mail may be, all together and before they are encoded for mail. A file that doesn't fit isn't attached, and the mail says where it is. 0 attaches nothing."`
	Send          Text  `yaml:"send" of:"webhook" group:"body" enum:"@send" default:"records" doc:"What is posted: records in batches, or a summary without them. With only_if_changed a summary counts what changed."`
	Batch         Count `yaml:"batch" of:"webhook" min:"1" max:"10000" default:"500" doc:"Records in one message."`
	OnlyIfAny     Flag  `yaml:"only_if_any" of:"webhook,email" default:"false" doc:"Send nothing when there are no records."`
	OnlyIfChanged Flag  `yaml:"only_if_changed" default:"false" doc:"Publish only if the records, whatever their order, differ from the last published ones, or if those aren't where this run would write them: the file, its latest or its manifest was removed or replaced, the output directory is another, or the path has today's date."`
	Ignore        Texts `yaml:"ignore" doc:"Fields that don't count as a change, for only_if_changed."`
}

// Hook is what an output and a notification say of a message alike.
type Hook struct {
	SecretEnv  Text  `yaml:"secret_env" of:"webhook" kind:"env" doc:"Name of the environment variable with the secret that messages are signed with."`
	Signature  Text  `yaml:"signature" of:"webhook" enum:"standard,speckle" default:"standard" doc:"How messages are signed: Standard Webhooks headers, or Speckle's own X-WEBHOOK-SIGNATURE."`
	Preset     Text  `yaml:"preset" of:"webhook" group:"body" enum:"@presets" doc:"A readable message made for this service; in an output it names what was added, removed and changed since the last run."`
	Body       Text  `yaml:"body" of:"webhook" group:"body" kind:"block" doc:"A jq program that makes the message instead. In an output its input is {job, run, tick, count, records, changes}; changes is what differs from the last run, or null. docs/webhooks.md explains each."`
	Headers    Pairs `yaml:"headers" of:"webhook" doc:"Headers to send in addition to runner's own."`
	HeadersEnv Pairs `yaml:"headers_env" of:"webhook" kind:"env" doc:"Headers whose values are secret: the name of each one's environment variable."`
}

// Notify is where messages about runs go.
type Notify struct {
	At           At       `yaml:"-"`
	Webhook      Text     `yaml:"webhook" group:"target" need:"true" kind:"address" doc:"Address that messages are posted to."`
	WebhookEnv   Text     `yaml:"webhook_env" group:"target" need:"true" kind:"env" doc:"Name of the environment variable that holds the address, when that is a secret."`
	Email        Texts    `yaml:"email" group:"target" need:"true" kind:"mail" doc:"Addresses that messages are mailed to, each in a separate mail. smtp at top level names the server."`
	HeartbeatEnv Text     `yaml:"heartbeat_env" group:"target" need:"true" kind:"env" doc:"Name of the environment variable with a healthchecks.io-style address: /start, success and /fail are called."`
	On           Texts    `yaml:"on" of:"webhook,email" enum:"failure,recovery,undelivered,success,missed,skipped" default:"[failure, recovery, undelivered]" doc:"Which events are told. undelivered means that a message of an output was given up; it is always told together with failure."`
	Cooldown     Duration `yaml:"cooldown" of:"webhook,email" default:"1h" min:"0" max:"720h" doc:"For how long the same event with the same cause isn't told again for a job. A failure after a good run is always told, and so is each success."`
	Hook         `yaml:",inline"`
}
