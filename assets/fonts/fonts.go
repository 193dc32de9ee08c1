// Package fonts holds the fonts of the window, as make.sh cut them, and their
// licences. It only hands bytes out; it never draws.
package fonts

import _ "embed" // the fonts

// The fonts. Sans and Bold are Latin only; Han holds GB2312 and Latin.
var (
	//go:embed Inter-Regular.otf
	Sans []byte
	//go:embed Inter-SemiBold.otf
	Bold []byte
	//go:embed JetBrainsMono-Regular.ttf
	Mono []byte
	//go:embed NotoSansSC-Regular.otf
	Han []byte
	//go:embed NotoSansSC-Bold.otf
	HanBold []byte
)
