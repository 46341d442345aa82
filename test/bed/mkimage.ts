// node test/bed/mkimage.ts NAME ROOT OUT.tar [CONFIG]: packs a root folder as a docker archive; CONFIG is JSON (Cmd, User, Env, …).
import { packImage } from './archive.ts'

const [name, root, out, config] = process.argv.slice(2)
if (name && root && out) {
  await packImage(name, root, out, config ? JSON.parse(config) : {})
} else {
  process.stderr.write('usage: node test/bed/mkimage.ts NAME ROOT OUT.tar [CONFIG-JSON]\n')
  process.exitCode = 2
}
