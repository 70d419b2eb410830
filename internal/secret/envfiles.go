package secret

import (
	"errors"
	"os"
	"slices"
)

// SetFromFiles sets the variables of files that aren't set yet; of two files that name
// one, the later wins. Who else may read a file is told in words.
func SetFromFiles(paths []string, exposed func(text string)) error {
	var problems []error
	for _, path := range slices.Backward(paths) {
		variables, err := ReadEnvFile(path)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		if text := (Source{File: path}).Exposed(); text != "" {
			exposed(text)
		}
		for _, v := range variables {
			if os.Getenv(v.Name) == "" {
				_ = os.Setenv(v.Name, v.Value.Reveal()) // its name was checked
			}
		}
	}
	return errors.Join(problems...)
}

// InFiles reports whether one of the files sets a variable. What is wrong with a file
// says SetFromFiles.
func InFiles(paths []string, name string) bool {
	return slices.ContainsFunc(paths, func(path string) bool {
		variables, _ := ReadEnvFile(path)
		return slices.ContainsFunc(variables, func(v Variable) bool { return v.Name == name })
	})
}
