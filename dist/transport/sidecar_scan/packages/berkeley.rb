# frozen_string_literal: true

module SidecarScan
  module Packages
    # The values of a Berkeley DB hash file (`Packages` of rpm before 4.16), read page by page: hash pages hold pairs of
    # offsets (key, value); rpm's values lie on chains of overflow pages. Layout: dbinc/db_page.h of Berkeley DB.
    class Berkeley
      class Damaged < StandardError; end

      HASH_MAGIC = 0x061561
      HASH_PAGES = [2, 13].freeze # unsorted, sorted
      OVERFLOW_PAGE = 7
      INLINE = 1
      OFFPAGE = 3
      HEAD = 26

      def self.berkeley?(bytes)
        bytes.bytesize > 512 && [bytes.unpack1("@12V"), bytes.unpack1("@12N")].include?(HASH_MAGIC)
      end

      def initialize(bytes)
        @bytes = bytes
        @little = bytes.unpack1("@12V") == HASH_MAGIC
        @page_size = long(bytes, 20)
        raise Damaged, "page size #{@page_size}" unless @page_size.between?(512, 65_536)

        @last = long(bytes, 32)
      end

      # Header blobs of all packages: rpm's own first record counts and is not one (key 0, 4 bytes).
      def blobs
        (1..@last).flat_map { |number| values(page(number)) }.reject { |value| value.bytesize < 16 }
      end

      private

      def values(bytes)
        return [] unless HASH_PAGES.include?(bytes.getbyte(25))

        count = short(bytes, 20)
        offsets = (0...count).map { |index| short(bytes, HEAD + index * 2) }
        (1...count).step(2).map { |index| value(bytes, offsets, index) }.compact
      end

      # Items are laid down from the page's end: one ends where the one before it starts.
      def value(bytes, offsets, index)
        start = offsets[index]
        case bytes.getbyte(start)
        when INLINE then bytes.byteslice(start + 1, offsets[index - 1] - start - 1)
        when OFFPAGE then chain(long(bytes, start + 4), long(bytes, start + 8))
        end
      end

      def chain(number, size)
        data = String.new(encoding: Encoding::BINARY)
        until number.zero?
          bytes = page(number)
          raise Damaged, "page #{number} is not an overflow page" unless bytes.getbyte(25) == OVERFLOW_PAGE && data.bytesize <= size

          data << bytes.byteslice(HEAD, short(bytes, 22))
          number = long(bytes, 16)
        end
        raise Damaged, "value cut short" if data.bytesize != size

        data
      end

      def page(number)
        bytes = @bytes.byteslice(number * @page_size, @page_size)
        raise Damaged, "page #{number} is missing" if bytes.nil? || bytes.bytesize < @page_size

        bytes
      end

      def long(bytes, offset)
        bytes.byteslice(offset, 4).to_s.unpack1(@little ? "V" : "N").to_i
      end

      def short(bytes, offset)
        bytes.byteslice(offset, 2).to_s.unpack1(@little ? "v" : "n").to_i
      end
    end
  end
end
