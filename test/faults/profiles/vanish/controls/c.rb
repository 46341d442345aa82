# frozen_string_literal: true

# no control at all
