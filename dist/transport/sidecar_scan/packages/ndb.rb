# frozen_string_literal: true

module SidecarScan
  module Packages
    # rpm's "ndb" database (Packages.db of SUSE): slots of 16 bytes that say where each package's blob lies, in blocks of
    # 16 bytes. All numbers little-endian. Format: lib/backend/ndb/rpmpkg.c of rpm.
    module Ndb
      class Damaged < StandardError; end

      MAGIC = "RpmP".b
      SLOT = "Slot".b
      BLOB = "BlbS".b
      BLOCK = 16
      PAGE = 4096

      module_function

      def ndb?(bytes)
        bytes.start_with?(MAGIC)
      end

      # Header blobs of all packages
      def blobs(bytes)
        pages = bytes.unpack1("@12V")
        slots = bytes.byteslice(0, pages * PAGE).to_s
        (32...slots.bytesize).step(16).map { |offset| slots.byteslice(offset, 16) }.map { |slot| blob(bytes, slot) }.compact
      end

      def blob(bytes, slot)
        magic, package, block, = slot.unpack("a4V3")
        return nil if magic != SLOT || package.zero?

        head, owner, _generation, size = bytes.byteslice(block * BLOCK, 16).to_s.unpack("a4V3")
        raise Damaged, "package #{package} has no blob" unless head == BLOB && owner == package

        bytes.byteslice(block * BLOCK + 16, size)
      end
    end
  end
end
