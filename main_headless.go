//go:build headless || !(cgo || ci)

package main

import "faultline/app/cli"

const kind = "headless"

func face(e cli.Env) int { return cli.Run(e) }
