# frozen_string_literal: true

module SidecarScan
  module Packages
    # Reads the rows of one table from the bytes of an SQLite 3 database (sqlite.org/fileformat2.html): table b-trees
    # with overflow pages, and committed frames of a write-ahead log. Enough for the rpm database; no SQL.
    class SqliteTable
      class Damaged < StandardError; end

      MAGIC = "SQLite format 3\0".b
      WAL_MAGIC = [0x377f0682, 0x377f0683].freeze
      INTEGER_SIZES = [0, 1, 2, 3, 4, 6, 8, 8].freeze
      LEAF = 13
      INTERIOR = 5

      def self.sqlite?(bytes)
        bytes.start_with?(MAGIC)
      end

      # `wal`: bytes of the file NAME-wal, or nil
      def initialize(bytes, wal = nil)
        @bytes = bytes
        size = bytes.unpack1("@16n")
        @page_size = size == 1 ? 65_536 : size
        raise Damaged, "page size #{size}" unless @page_size.between?(512, 65_536)

        @usable = @page_size - bytes.getbyte(20)
        @frames = wal.nil? || wal.empty? ? {} : committed_frames(wal)
      end

      # Arrays of column values: Integer, Float as bytes, String (binary) or nil.
      def rows(table)
        schema = []
        walk(1) { |values| schema << values }
        found = schema.find { |kind, name| kind == "table" && name == table } or raise Damaged, "no table #{table}"
        list = []
        walk(found[3]) { |values| list << values }
        list
      end

      private

      # Page number → bytes, of frames up to the last commit
      def committed_frames(wal)
        magic, _version, size, _checkpoint, salt1, salt2 = wal.unpack("N6")
        return {} unless WAL_MAGIC.include?(magic) && size == @page_size

        committed = {}
        pending = {}
        offset = 32
        while offset + 24 + size <= wal.bytesize
          number, commit, first, second = wal.byteslice(offset, 16).unpack("N4")
          break unless [first, second] == [salt1, salt2]

          pending[number] = wal.byteslice(offset + 24, size)
          unless commit.zero?
            committed.update(pending)
            pending = {}
          end
          offset += 24 + size
        end
        committed
      end

      def page(number)
        bytes = @frames[number] || @bytes.byteslice((number - 1) * @page_size, @page_size)
        raise Damaged, "page #{number} is missing" if bytes.nil? || bytes.bytesize < @page_size

        bytes
      end

      # Depth-bounded: a damaged tree must not loop.
      def walk(number, depth = 0, &block)
        raise Damaged, "tree too deep" if depth > 20

        bytes = page(number)
        start = number == 1 ? 100 : 0
        kind = bytes.getbyte(start)
        cells = bytes.byteslice(start + 3, 2).unpack1("n")
        raise Damaged, "page type #{kind}" unless [LEAF, INTERIOR].include?(kind)

        pointers = bytes.byteslice(start + (kind == LEAF ? 8 : 12), cells * 2).unpack("n*")
        return pointers.each { |pointer| yield record(payload(bytes, pointer)) } if kind == LEAF

        pointers.each { |pointer| walk(bytes.byteslice(pointer, 4).unpack1("N"), depth + 1, &block) }
        walk(bytes.byteslice(start + 8, 4).unpack1("N"), depth + 1, &block)
      end

      def payload(bytes, pointer)
        size, pointer = varint(bytes, pointer)
        _row, pointer = varint(bytes, pointer)
        limit = @usable - 35
        return bytes.byteslice(pointer, size) if size <= limit

        least = (@usable - 12) * 32 / 255 - 23
        local = least + (size - least) % (@usable - 4)
        local = least if local > limit
        data = bytes.byteslice(pointer, local)
        overflow(data, bytes.byteslice(pointer + local, 4).unpack1("N"), size)
      end

      def overflow(data, number, size)
        while data.bytesize < size
          raise Damaged, "overflow chain ends early" if number.nil? || number.zero?

          bytes = page(number)
          number = bytes.unpack1("N")
          data << bytes.byteslice(4, [@usable - 4, size - data.bytesize].min)
        end
        data
      end

      def record(data)
        finish, pointer = varint(data, 0)
        body = finish
        values = []
        while pointer < finish
          type, pointer = varint(data, pointer)
          size = type >= 12 ? (type - 12) / 2 : INTEGER_SIZES.fetch(type, 0)
          values << value(type, data.byteslice(body, size))
          body += size
        end
        values
      end

      def value(type, bytes)
        case type
        when 0 then nil
        when 1..6 then integer(bytes)
        when 8 then 0
        when 9 then 1
        else bytes
        end
      end

      def integer(bytes)
        number = bytes.each_byte.inject(0) { |sum, byte| (sum << 8) | byte }
        number >= 1 << (bytes.bytesize * 8 - 1) ? number - (1 << (bytes.bytesize * 8)) : number
      end

      def varint(bytes, pointer)
        number = 0
        8.times do |index|
          byte = bytes.getbyte(pointer + index) or raise Damaged, "number cut short"
          number = (number << 7) | (byte & 0x7f)
          return [number, pointer + index + 1] if byte < 0x80
        end
        [(number << 8) | bytes.getbyte(pointer + 8).to_i, pointer + 9]
      end
    end
  end
end
