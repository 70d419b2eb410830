// Chart does what `helm lint` and `helm template` do, by Helm's own packages,
// with each values file given, and reads what comes out strictly as the kinds of
// Kubernetes. What the chart would put into ConfigMaps is written below OUT, so
// that the job file can be validated. It never asks a cluster.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
	"helm.sh/helm/v3/pkg/releaseutil"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/kubernetes/scheme"
)

func main() {
	if len(os.Args) < 4 {
		fmt.Fprintln(os.Stderr, "usage: chart CHART OUT VALUES…")
		os.Exit(2)
	}
	for _, values := range os.Args[3:] {
		if err := check(os.Args[1], os.Args[2], values); err != nil {
			// A file that begins with bad- shows that mistakes are told.
			if strings.HasPrefix(filepath.Base(values), "bad-") {
				fmt.Printf("%s is refused, as it should be: %s\n", values, strings.ReplaceAll(err.Error(), "\n", " "))
				continue
			}
			fmt.Fprintf(os.Stderr, "%s with %s: %v\n", os.Args[1], values, err)
			os.Exit(1)
		} else if strings.HasPrefix(filepath.Base(values), "bad-") {
			fmt.Fprintf(os.Stderr, "%s with %s: it is taken, and should be refused\n", os.Args[1], values)
			os.Exit(1)
		}
	}
}

func check(dir, out, file string) error {
	values, err := chartutil.ReadValuesFile(file)
	if err != nil {
		return err
	}
	if err := linted(dir, values); err != nil {
		return err
	}
	chart, err := loader.Load(dir)
	if err != nil {
		return err
	}
	// What `helm install speckle --namespace exports` would render.
	release := chartutil.ReleaseOptions{Name: "speckle", Namespace: "exports", Revision: 1, IsInstall: true}
	all, err := chartutil.ToRenderValues(chart, values, release, chartutil.DefaultCapabilities)
	if err != nil {
		return err
	}
	rendered, err := engine.Render(chart, all)
	if err != nil {
		return err
	}
	return kinds(rendered, filepath.Join(out, strings.TrimSuffix(filepath.Base(file), ".yaml")))
}

// linted takes Helm's warnings for errors: there are none to be used to.
func linted(dir string, values chartutil.Values) error {
	for _, m := range lint.All(dir, values, "exports", true).Messages {
		if m.Severity >= support.WarningSev {
			return m
		}
	}
	return nil
}

// kinds reads each document as what it says it is: an unknown key or a number
// where a text belongs is an error.
func kinds(rendered map[string]string, out string) error {
	decoder := serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	for template, text := range rendered {
		if !strings.HasSuffix(template, ".yaml") {
			continue
		}
		documents := releaseutil.SplitManifests(text)
		names := make([]string, 0, len(documents))
		for name := range documents {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			object, kind, err := decoder.Decode([]byte(documents[name]), nil, nil)
			if err != nil {
				return fmt.Errorf("%s: %w\n%s", template, err, documents[name])
			}
			fmt.Printf("%s: %s\n", template, kind.Kind)
			if config, ok := object.(*core.ConfigMap); ok {
				if err := write(config, out); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func write(config *core.ConfigMap, out string) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	for name, text := range config.Data {
		if err := os.WriteFile(filepath.Join(out, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
