# frozen_string_literal: true

module SidecarScan
  module Packages
    # One package's header blob as the rpm database stores it: a count of index entries, the size of the data, the
    # entries (tag, type, offset, count; big-endian), the data. Tag numbers: rpmtag.h of rpm.
    class RpmHeader
      TAGS = {
        "NAME" => 1000, "VERSION" => 1001, "RELEASE" => 1002, "EPOCH" => 1003, "SUMMARY" => 1004, "DESCRIPTION" => 1005,
        "BUILDTIME" => 1006, "BUILDHOST" => 1007, "INSTALLTIME" => 1008, "SIZE" => 1009, "VENDOR" => 1011, "LICENSE" => 1014,
        "PACKAGER" => 1015, "GROUP" => 1016, "URL" => 1020, "OS" => 1021, "ARCH" => 1022, "SOURCERPM" => 1044
      }.freeze
      INT32 = 4
      STRINGS = [6, 8, 9].freeze # string, array of strings, translated string: the first one

      def initialize(blob)
        count, size = blob.unpack("N2")
        raise ArgumentError, "damaged rpm header" if count.nil? || size.nil? || count > 65_535 || 8 + count * 16 + size > blob.bytesize

        @data = blob.byteslice(8 + count * 16, size)
        @index = blob.byteslice(8, count * 16).unpack("N*").each_slice(4).map { |tag, type, offset, _| [tag, [type, offset]] }.to_h
      end

      # Text of a tag; nil where the package has none.
      def [](name)
        type, offset = @index[TAGS.fetch(name)]
        return nil if type.nil?
        return @data.byteslice(offset, 4).unpack1("N").to_s if type == INT32

        @data.byteslice(offset..-1).to_s.unpack1("Z*").force_encoding(Encoding::UTF_8).scrub if STRINGS.include?(type)
      end
    end
  end
end
