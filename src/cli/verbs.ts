import type { Verb } from './verb.ts'
import { exec, facts, ping } from './verbs/ad-hoc.ts'
import { bootstrap } from './verbs/bootstrap.ts'
import { check } from './verbs/check.ts'
import { completion } from './verbs/completion.ts'
import { deploy } from './verbs/deploy.ts'
import { engine } from './verbs/engine.ts'
import { graph } from './verbs/graph.ts'
import { hostKeysForget, hostKeysPin, hostKeysScan } from './verbs/host-keys.ts'
import { imagesList, imagesStage } from './verbs/images.ts'
import { inventoryGraph, inventoryHost, inventoryList } from './verbs/inventory.ts'
import { passwordInit } from './verbs/password.ts'
import { play } from './verbs/play.ts'
import { runsList, runsPath, runsPrune, runsShow } from './verbs/runs.ts'
import { destroy, logs, status, why } from './verbs/services.ts'

/** All verbs, in the order in which --help names them. */
export const verbs: readonly Verb[] = [
  ping,
  exec,
  facts,
  inventoryList,
  inventoryGraph,
  inventoryHost,
  hostKeysScan,
  hostKeysPin,
  hostKeysForget,
  check,
  imagesList,
  imagesStage,
  bootstrap,
  play,
  passwordInit,
  deploy,
  status,
  why,
  logs,
  graph,
  destroy,
  engine,
  runsList,
  runsShow,
  runsPath,
  runsPrune,
  completion,
]
