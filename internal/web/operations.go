package web

import (
	"net/http"

	"speckle-runner/internal/web/openapi"
)

const (
	apiPath      = "/api/v1"
	documentPath = apiPath + "/openapi.json"
)

func (s *Server) operations() []operation {
	get := func(path, id, tag, summary string, e endpoint) operation {
		return operation{Operation: openapi.Operation{Method: http.MethodGet, Path: path, ID: id, Tag: tag, Summary: summary}, endpoint: e}
	}
	post := func(path, id, tag, summary string, e endpoint) operation {
		return operation{Operation: openapi.Operation{Method: http.MethodPost, Path: path, ID: id, Tag: tag, Summary: summary}, endpoint: e}
	}
	return []operation{
		get("/healthz", "getHealth", "service", "Whether the tick loop is alive", answering(s.healthz)),
		get("/readyz", "getReadiness", "service", "Whether a job file is in force and the database answers", answering(s.readyz)),
		{Operation: openapi.Operation{Method: http.MethodGet, Path: "/metrics", ID: "getMetrics", Tag: "service",
			Summary: "Figures for Prometheus"}, handler: s.metrics()},
		get(documentPath, "getDocument", "service", "This document", answering(s.openAPI)),
		get(apiPath+"/status", "getStatus", "service", "This node, and whether the newest job file is in force", answering(s.status)),

		get(apiPath+"/jobs", "listJobs", "jobs", "The jobs of the job file in force: all of them, in its order, or a page of them by name",
			answering(s.jobs)).taking(jobsParameters...).with(pageHeaders...),
		get(apiPath+"/jobs/{job}", "getJob", "jobs", "A job with its next tick and its last runs", answering(s.job)).
			fails(http.StatusNotFound),
		post(apiPath+"/jobs/{job}/run", "startRun", "jobs", "Run a job now, a disabled one too", answering(s.start)).
			fails(http.StatusNotFound, http.StatusConflict).with(openapi.Header{Name: "Location", Description: "The address of the run."}),

		get(apiPath+"/runs", "listRuns", "runs", "The runs of the ledger, the newest tick first", answering(s.runs)).
			taking(runsParameters...).with(pageHeaders...),
		get(apiPath+"/runs/{run}", "getRun", "runs", "A run with its attempts and its log", answering(s.run)).
			fails(http.StatusNotFound),
		post(apiPath+"/runs/{run}/cancel", "cancelRun", "runs", "End a run, on whichever node it is", answering(s.cancel)).
			fails(http.StatusNotFound, http.StatusConflict),
		post(apiPath+"/runs/{run}/redeliver", "redeliverRun", "runs", "Send again what a run could not deliver", answering(s.redeliver)).
			fails(http.StatusNotFound),
		post(apiPath+"/runs/{run}/forget", "forgetRun", "runs", "Give up what a run owes: nobody sends it any more", answering(s.forget)).
			atOnce().fails(http.StatusNotFound),
	}
}

// handlerOf makes an operation what the mux asks.
func (s *Server) handlerOf(o operation) http.Handler {
	switch {
	case o.handler != nil:
		return o.handler
	case probed(o.Path):
		return s.bounded(probePatience, o.endpoint)
	}
	names := make([]string, len(o.Parameters))
	for i, p := range o.Parameters {
		names[i] = p.Name
	}
	return s.bounded(patience, o.checked(names))
}
