package windows

import "golang.org/x/sys/windows"

// Language is the language that Windows shows this user, as a BCP 47 tag such as
// "zh-CN"; "" where it tells none. Of several the first is the user's first choice
// (GetUserPreferredUILanguages, winnls.h).
func Language() string {
	tags, err := windows.GetUserPreferredUILanguages(windows.MUI_LANGUAGE_NAME)
	if err != nil || len(tags) == 0 {
		return ""
	}
	return tags[0]
}
