# frozen_string_literal: true

module SidecarScan
  module Answers
    # A pattern of grep, as far as every grep reads it alike. Matching takes linear time: lines come from the image, and Ruby's
    # own matcher could be kept busy by one for years.
    class GrepPattern
      # A bracket, a class as in Perl, `.`, an escaped sign, a plain character
      ATOM = %r{\A(?:\[\^?\]?(?:\[:\w+:\]|[^\[\]\\])*\]|\\[sSwW]|\.|\\[.*^$\[\]]|[\w :/=,@#%&;"'<>~!-])}.freeze
      # Signs that are plain in a basic expression
      PLAIN_IN_BASIC = /\A[+?|(){}]/.freeze
      REPEATS = { basic: /\A\*/, extended: /\A[*+?]/ }.freeze
      CLASSES = { "space" => '\s', "blank" => ' \t', "digit" => "0-9", "alpha" => "A-Za-z", "alnum" => "A-Za-z0-9", "upper" => "A-Z", "lower" => "a-z" }.freeze
      RANGES = %w[0-9 a-z A-Z].freeze
      BRACKET_PART = /\A(?:\[:(?<set>\w+):\]|(?<from>[^-])-(?<to>[^-])|(?<sign>.))/.freeze
      # In other locales a range follows the locale's order, and a letter may have other cases.
      SORTED_BY_BYTE = /\A(?:C|POSIX)(?:\.utf-?8)?\z/i.freeze
      LONGEST = 500

      # Raised where two greps could differ.
      class NotPortable < StandardError; end

      # `flags`: the letters of grep's options. `locales`: the values of LC_ALL and its like
      def initialize(text, flags, locales)
        raise NotPortable unless text.match?(/\A[\t -~]{1,#{LONGEST}}\z/) && (flags & %w[E F]).size < 2
        raise NotPortable if !GrepPattern.by_byte?(locales) && (flags.include?("i") || text.match?(/\w-\w/))

        @whole = flags.include?("x")
        @ignore_case = flags.include?("i")
        @branches = branches(text, flags)
      end

      # Whether letters are sorted as bytes, have the cases of ASCII, and messages are English
      def self.by_byte?(locales)
        locales.all? { |locale| SORTED_BY_BYTE.match?(locale) }
      end

      # A line without its end
      def match?(line)
        @branches.any? { |branch| branch.match?(line) }
      end

      private

      def branches(text, flags)
        return [Branch.new(text.chars.map { |sign| atom(Regexp.escape(sign)) }, @whole, @whole)] if flags.include?("F")

        flags.include?("E") ? alternatives(text) : [branch(text, :basic)]
      end

      # a|b, (a|b), ^(a|b)$
      def alternatives(text)
        _all, start, inner, ending = *text.match(/\A(\^?)\(([^()]*)\)(\$?)\z/)
        raise NotPortable if inner == ""

        (inner || text).split("|", -1).map do |part|
          raise NotPortable if part.empty? || (start == "^" && part.start_with?("^")) || (ending == "$" && part.end_with?("$"))

          branch("#{start}#{part}#{ending}", :extended)
        end
      end

      # Characters, each repeated or not, between `^` and `$`
      def branch(text, syntax)
        rest = text.dup
        start = !rest.slice!(/\A\^/).nil?
        ending = rest.end_with?("$") && !rest.end_with?("\\$") && !rest.slice!(-1).nil?
        atoms = []
        until rest.empty?
          sign = rest.slice!(ATOM) || (syntax == :basic && rest.slice!(PLAIN_IN_BASIC)) or raise NotPortable
          atoms << atom(source(sign), rest.slice!(REPEATS.fetch(syntax)))
          raise NotPortable if atoms.last.repeat && rest.match?(/\A[*+?{]/)
        end
        Branch.new(atoms, start || @whole, ending || @whole)
      end

      def atom(source, repeat = nil)
        one = Regexp.new("\\A(?:#{source})\\z", @ignore_case ? Regexp::IGNORECASE : 0)
        Atom.new((0..127).map { |byte| one.match?(byte.chr) }, repeat)
      end

      def source(sign)
        return bracket(sign) if sign.start_with?("[")

        sign == "." || sign.start_with?("\\") ? sign : Regexp.escape(sign)
      end

      def bracket(sign)
        negated, inside = sign.match(/\A\[(\^?)(.*)\]\z/m).captures
        raise NotPortable if inside.empty? || inside.match?(/\A[:.=].*[:.=]\z/m)

        parts = +""
        parts << bracket_part(inside, parts.empty?) until inside.empty?
        "[#{negated}#{parts}]"
      end

      def bracket_part(inside, first)
        found = BRACKET_PART.match(inside)
        inside.replace(found.post_match)
        return CLASSES.fetch(found[:set]) { raise NotPortable } if found[:set]
        return range(found[:from], found[:to]) if found[:from]
        raise NotPortable if found[:sign] == "[" || (found[:sign] == "-" && !first && !inside.empty?)

        format("\\x%02x", found[:sign].ord)
      end

      def range(from, to)
        same_kind = RANGES.any? { |kind| [from, to].all? { |sign| sign.match?(/[#{kind}]/) } }
        same_kind && from <= to ? "#{from}-#{to}" : raise(NotPortable)
      end

      # One place of a pattern: for each byte, whether it may stand there. `repeat`: `*`, `+`, `?` or nil
      Atom = Struct.new(:bytes, :repeat)

      # One alternative. A state is the set of the places that the bytes read so far can have led to, as bits; which state follows
      # is worked out when it is first needed.
      class Branch
        MOST_STATES = 1000

        def initialize(atoms, from_start, to_end)
          @atoms = atoms
          @from_start = from_start
          @to_end = to_end
          @start = with_skipped(1)
          @found = 1 << atoms.size
          @following = {}
        end

        def match?(line)
          state = @start
          line.each_byte do |byte|
            return true if !@to_end && (state & @found) != 0

            known = @following[state] || forget_some[state] = []
            state = known[byte] ||= after(state, byte)
          end
          (state & @found) != 0
        end

        private

        def forget_some
          @following.size < MOST_STATES ? @following : @following.clear
        end

        def after(state, byte)
          reached = 0
          @atoms.each_with_index do |atom, place|
            next unless state[place] == 1 && atom.bytes[byte]

            reached |= 1 << place if %w[* +].include?(atom.repeat)
            reached |= 2 << place unless atom.repeat == "*"
          end
          reached = with_skipped(reached)
          @from_start ? reached : reached | @start
        end

        # What may be absent can be passed by.
        def with_skipped(state)
          @atoms.each_with_index { |atom, place| state |= 2 << place if state[place] == 1 && %w[* ?].include?(atom.repeat) }
          state
        end
      end
      private_constant :Atom, :Branch
    end
  end
end
