import { FACTS_FILES, TARGET_FACTS_DIR } from '../protocol/paths.ts'

/** Where the program looks, and the names of what it writes; src/transport/sidecar_scan/target/image_facts.rb reads them. */
const TEXTS = [
  '/proc/self/environ',
  '/proc/self/status',
  `${TARGET_FACTS_DIR}/${FACTS_FILES.environ}`,
  `${TARGET_FACTS_DIR}/${FACTS_FILES.status}`,
  `${TARGET_FACTS_DIR}/${FACTS_FILES.cwd}`,
  `${TARGET_FACTS_DIR}/${FACTS_FILES.done}`,
]

/**
 * Machine (as `uname -m` names it) → ELF machine number and code: copy environ, copy status, write the working folder, create
 * `done`; then, or as soon as one of them fails, wait for ever. The addresses of the texts are relative to the instructions.
 */
const MACHINES = {
  x86_64: {
    elf: 62,
    code: bytes(`
      4881ec00100000              // sub rsp, 4096: the buffer
      488d3dba000000 4c8d25d8000000 e855000000 // rdi = "/proc/self/environ", r12 = "…/environ", call copy
      488d3dba000000 4c8d25dd000000 e842000000 // the same with status
      b84f000000 4889e7 be00100000 0f05        // getcwd(buffer, 4096)
      4189c6 85c0 7e23                         // r14d = length; none: wait
      4c8d25d2000000 e852000000                // r12 = "…/cwd", call create
      4489f2 4889e6 e85f000000                 // write(r13, buffer, length)
      4c8d25cf000000 e83b000000                // r12 = "…/done", call create
      b822000000 0f05 ebf7                     // wait: pause(), again and again
      b802000000 31f6 0f05 4189c6              // copy: r14d = open(rdi, O_RDONLY)
      e821000000 488d742408                    // call create; rsi = buffer
      31c0 4489f7 ba00100000 0f05              // next: read(r14d, buffer, 4096)
      85c0 78d1 7409                           // failed: wait; at its end: return
      89c2 e81b000000 ebe5                     // call write; next
      c3                                       // return
      b802000000 4c89e7 be41020000 ba24010000  // create: open(r12, O_WRONLY|O_CREAT|O_TRUNC, 0444)
      0f05 4189c5 c3                           // r13d = descriptor; return
      b801000000 4489ef 0f05                   // write: write(r13d, rsi, edx)
      39d0 759f c3                             // not all: wait; return`),
  },
  aarch64: {
    elf: 183,
    code: words(`
      d14007ff                            // sub sp, sp, 4096: the buffer
      10000781 30000893 94000018          // x1 = "/proc/self/environ", x19 = "…/environ", bl copy
      700007a1 300008f3 94000015          // the same with status
      910003e0 d2820001 d2800228 d4000001 // getcwd(buffer, 4096)
      7100001f 5400010d aa0003f5          // none: wait; x21 = length
      10000893 9400001f                   // x19 = "…/cwd", bl create
      aa1503e2 94000025                   // x2 = length, bl write
      100008b3 9400001b                   // x19 = "…/done", bl create
      d2800000 d2800001 d2800002 d2800003 // wait: ppoll(NULL, 0, NULL, NULL), again and again:
      d2800928 d4000001 17fffffa          // arm64 has no pause
      aa1e03f6                            // copy: x22 = where to return to
      92800c60 d2800002 d2800708 d4000001 // openat(AT_FDCWD, x1, O_RDONLY)
      aa0003f5 9400000d                   // x21 = descriptor, bl create
      aa1503e0 910003e1 d2820002          // next: read(x21, buffer, 4096)
      d28007e8 d4000001
      7100001f 54fffd8b 54000080          // failed: wait; at its end: return
      aa0003e2 9400000b 17fffff6          // x2 = length, bl write; next
      d65f02c0                            // return
      92800c60 aa1303e1 d2804822 d2802483 // create: openat(AT_FDCWD, x19, O_WRONLY|O_CREAT|O_TRUNC, 0444)
      d2800708 d4000001 aa0003f4 d65f03c0 // x20 = descriptor; return
      aa1403e0 910003e1 d2800808 d4000001 // write: write(x20, buffer, x2)
      6b02001f 54fffb21 d65f03c0          // not all: wait; return`),
  },
} as const

function bytes(listing: string): Buffer {
  return Buffer.from(listing.replace(/\/\/.*$/gm, '').replace(/\s/g, ''), 'hex')
}

/** Words of 32 bits, which lie in memory with their last byte first. */
function words(listing: string): Buffer {
  return bytes(listing).swap32()
}

/**
 * The one program of ours that runs in a container of the image: a static ELF of about 450 bytes, so that any image, even an
 * empty one, can be scanned at rest. It stands in for the image's own program, which does not run. Where the container has a
 * folder /.sidecar-facts (the witness), it first writes there what only a process of the container knows: its environment, its
 * user and its working folder. Format: System V ABI, ELF-64 object files.
 */
export function holdPrograms(): { name: string; data: Buffer }[] {
  const texts = Buffer.from(TEXTS.map((text) => `${text}\0`).join(''))
  return Object.entries(MACHINES).map(([machine, { elf, code }]) => ({
    name: `hold-${machine}`,
    data: program(elf, Buffer.concat([code, texts])),
  }))
}

function program(machine: number, code: Buffer): Buffer {
  const base = 0x400000n
  const headers = 64 + 56
  const size = BigInt(headers + code.length)
  const elf = Buffer.alloc(headers)
  elf.write('\x7fELF', 0, 'latin1')
  elf.set([2, 1, 1], 4) // 64 bit, little endian, version 1
  elf.writeUInt16LE(2, 16) // an executable
  elf.writeUInt16LE(machine, 18)
  elf.writeUInt32LE(1, 20)
  elf.writeBigUInt64LE(base + BigInt(headers), 24) // entry point: right behind the headers
  elf.writeBigUInt64LE(64n, 32) // program headers follow this one
  elf.writeUInt16LE(64, 52)
  elf.writeUInt16LE(56, 54)
  elf.writeUInt16LE(1, 56)
  elf.writeUInt32LE(1, 64) // one loadable segment,
  elf.writeUInt32LE(5, 68) // readable and executable
  elf.writeBigUInt64LE(base, 80)
  elf.writeBigUInt64LE(base, 88)
  elf.writeBigUInt64LE(size, 96)
  elf.writeBigUInt64LE(size, 104)
  elf.writeBigUInt64LE(0x10000n, 112) // aligned for kernels with 64 KiB pages
  return Buffer.concat([elf, code])
}
